internal import Backfill

/// The first eight bytes of a frame: `GPLS`, then the protocol's version, most significant byte first.
struct FrameHead {
    static let byteCount = 8
    static let current = FrameHead(version: BuildProtocol.version)

    private static let magic = Array("GPLS".utf8)

    let version: UInt32

    init(version: UInt32) {
        self.version = version
    }

    /// Reads the head of `frame`.
    init(_ frame: [UInt8]) throws(WireError) {
        guard frame.count >= Self.byteCount, frame.starts(with: Self.magic) else {
            throw .notGapless(byteCount: frame.count)
        }
        version = frame[4..<Self.byteCount].reduce(0) { $0 << 8 | UInt32($1) }
    }

    var bytes: [UInt8] {
        Self.magic + (0..<4).map { UInt8(truncatingIfNeeded: version >> (24 - 8 * $0)) }
    }
}
