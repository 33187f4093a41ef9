internal import Backfill

/// A version of the program, as far as versions matter.
struct Program: Hashable {
    /// For people.
    var name: String
    /// How far its protocol is from the version under test: -1, 0, 1.
    var protocolStep: Int
    /// Its key rules.
    var extractor: UInt32

    static let current = Program(name: "N", protocolStep: 0, extractor: 1)
    static let others = [
        Program(name: "N-1", protocolStep: -1, extractor: 1), Program(name: "N+1", protocolStep: 1, extractor: 1),
        Program(name: "N+1k", protocolStep: 0, extractor: 2),
    ]

    /// The number that a hello of this program carries, seen by a coordinator of `other`, which stands for itself as
    /// the version under test.
    func protocolVersion(seenBy other: Program) -> UInt32 {
        UInt32(truncatingIfNeeded: Int(BuildProtocol.version) + protocolStep - other.protocolStep)
    }
}
