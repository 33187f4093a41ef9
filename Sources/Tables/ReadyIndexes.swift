public import LMDB
internal import Values

/// An index that may answer a query in the transaction that found it, and in no other.
public struct ReadyIndex: Hashable, Sendable {
    /// The index.
    public let index: IndexRecord
    /// Its ready generation.
    public let generation: Generation
    /// The database that holds that generation's entries.
    public let entries: Database
}

extension Store {
    /// The indexes of a table that may answer queries in this transaction: those whose state, read in it, is ready.
    ///
    /// R1, R2, R4: nothing is remembered from another transaction or before a restart, and what is not ready is no
    /// candidate, however attractive its counts look.
    public func readyIndexes(
        of table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> [ReadyIndex] {
        var found: [ReadyIndex] = []
        for index in try catalog(in: txn).indexes(of: table) {
            guard let generation = index.ready, generation.keyRules == EntryExtractor.version else { continue }
            let entries = try entries(of: index, generation, in: txn)
            found.append(ReadyIndex(index: index, generation: generation, entries: entries))
        }
        return found
    }

    /// The ready generation of an index in this transaction; throws what `notReadyError` says if there is none.
    public func readyIndex(
        _ fullName: String, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> ReadyIndex {
        let index = try catalog(in: txn).index(fullName)
        guard let generation = index.ready else { throw index.notReadyError() }
        try generation.checkExtractor(of: index)
        return ReadyIndex(index: index, generation: generation, entries: try entries(of: index, generation, in: txn))
    }
}

extension IndexRecord {
    /// Why this index does not answer queries now: typed, retryable, with what to do (R3).
    public func notReadyError(progress: Double? = nil, retryAfterSeconds: Int? = nil) -> GaplessError {
        let name = fullName
        if state == .ready, let ready {
            return GaplessError(
                .incompatibleVersion,
                "\(name) was built by gapless \(ready.builtBy) with other key rules: drop it and create "
                    + "it again, or use that version", index: name, state: .ready)
        }
        guard state == .blocked else {
            let why = state == .paused ? "its build is paused: gapless index resume \(name)" : "it is being built"
            return GaplessError(
                .indexNotReady, "the index \(name) is not ready: \(why)", retryAfterSeconds: retryAfterSeconds ?? 5,
                index: name, state: state, progress: progress)
        }
        let reason = coming?.blockedReason ?? "its build cannot go on"
        return GaplessError(
            .indexBlocked, "the index \(name) is blocked: \(reason): see gapless index failures \(name)",
            retryAfterSeconds: retryAfterSeconds ?? 30, index: name, state: state, progress: progress)
    }
}
