public import LMDB

/// What publishing a generation came to.
public enum PublishOutcome: Hashable, Sendable {
    /// The generation is ready, and the one that was ready before is dropping.
    case published
    /// The generation was ready before; nothing changed.
    case alreadyReady
    /// The delta has more rows than may be applied in one transaction: drain on, then try again.
    case deltaTooLarge(Int)
    /// So many bad records are open: they must be healed or waived first.
    case badRecords(Int)
    /// So many keys of a unique index are shared by records, counted up to a bound: records must change first.
    case uniqueViolations(Int)
}

extension Store {
    /// Makes a generation ready, all in this one write transaction: proof, the rest of the delta, state.
    ///
    /// `proof` must re-check everything that makes the index complete from durable state of this transaction; if it
    /// throws, nothing has changed and its error is passed on. Then no bad record may be open, at most `limit` rows
    /// of the delta are applied (a larger delta changes nothing), and of a unique index no key may be shared. W4: a
    /// write that commits later finds the state `ready` and goes to the index itself, so none can fall between the last
    /// drain and readiness.
    /// Throws `WRONG_STATE` unless the generation is building.
    public func publish(
        _ index: IndexRecord, generation: UInt32, limit: Int, in txn: borrowing WriteTransaction,
        proof: () throws -> Void
    ) throws -> PublishOutcome {
        var index = try live(index, in: txn)
        guard let coming = index.generation(generation) else {
            throw GaplessError(.noSuchIndex, "\(index.fullName) has no generation \(generation)", index: index.fullName)
        }
        if coming.state == .ready { return .alreadyReady }
        guard coming.state == .building else {
            throw GaplessError(
                .wrongState,
                "generation \(generation) of \(index.fullName) is \(coming.state.rawValue): only a building one "
                    + "can become ready", index: index.fullName, state: coming.state)
        }
        try coming.checkExtractor(of: index)
        try proof()
        let open = try openBadRecordsCount(index, generation: generation, in: txn)
        guard open == 0 else { return .badRecords(open) }
        let pending = try deltaCount(index, generation: generation, in: txn)
        guard pending <= limit else { return .deltaTooLarge(pending) }
        try drainRest(index, generation, pending, txn)
        switch try settleSharedKeys(index, generation: generation, in: txn) {
        case .none: break
        case .shared(let keys): return .uniqueViolations(keys)
        case .unsettled(let left): return .deltaTooLarge(left)
        }
        try index.markReady(generation, at: clock())
        try save(index, in: txn)
        return .published
    }

    private func drainRest(
        _ index: IndexRecord, _ generation: UInt32, _ pending: Int, _ txn: borrowing WriteTransaction
    ) throws {
        _ = try drain(index, generation: generation, limit: pending, in: txn)
        let left = try deltaCount(index, generation: generation, in: txn)
        guard left == 0 else {
            throw GaplessError(
                .defect, "the delta of \(index.fullName) still has \(left) rows after \(pending) were applied",
                index: index.fullName, state: .building)
        }
    }

    /// How many entries the index of a generation holds.
    public func entriesCount(
        _ index: IndexRecord, generation: UInt32, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Int {
        try txn.statistics(of: entries(of: index, generation: generation, in: txn)).entries
    }
}

extension IndexRecord {
    fileprivate mutating func markReady(_ number: UInt32, at time: String) throws {
        if let old = ready { try setState(.dropping, of: old.number) }
        try setState(.ready, of: number)
        for place in generations.indices where generations[place].number == number {
            generations[place].readyAt = time
        }
    }
}
