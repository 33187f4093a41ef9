public import LMDB

/// A version of Gapless that is known to have built indexes wrongly (C4).
///
/// What it built is suspect until a check has gone over it: `gapless verify --suspect`.
public struct FaultyVersion: Hashable, Sendable {
    /// The version, as it stands in the generations that it built.
    public let version: String
    /// What may be wrong with them, in words that follow "which".
    public let fault: String

    /// A version and what is wrong with it.
    public init(_ version: String, fault: String) {
        self.version = version
        self.fault = fault
    }

    /// Those that were known when this program was made: none so far. Each release adds what was found since.
    public static let known: [FaultyVersion] = []
}

extension Store {
    /// The faulty version that built what answers queries of an index, unless a check has gone over it since.
    public func suspicion(of index: IndexRecord) -> FaultyVersion? {
        guard let ready = index.ready else { return nil }
        // The check of a version that is faulty itself clears nothing.
        if let checker = ready.scrubbedBy, !faultyVersions.contains(where: { $0.version == checker }) { return nil }
        return faultyVersions.first { $0.version == ready.builtBy }
    }

    /// Notes that a check found nothing wrong with a generation, or mended it: it is not suspect any more.
    ///
    /// Nothing happens if another generation answers by now.
    public func noteScrubbed(_ index: IndexRecord, generation: UInt32, in txn: borrowing WriteTransaction) throws {
        var current = try live(index, in: txn)
        for place in current.generations.indices
        where current.generations[place].number == generation && current.generations[place].state == .ready {
            current.generations[place].scrubbedBy = programVersion
            try save(current, in: txn)
        }
    }
}
