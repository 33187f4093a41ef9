public import LMDB
internal import Values

extension IndexRecord {
    /// Puts a generation into another state; throws `WRONG_STATE` where DESIGN's diagram has no arrow.
    mutating func setState(_ state: IndexState, of number: UInt32, blockedReason: String? = nil) throws {
        guard let place = generations.firstIndex(where: { $0.number == number }) else {
            throw GaplessError(.noSuchIndex, "\(fullName) has no generation \(number)", index: fullName)
        }
        let current = generations[place].state
        guard current == state || current.allows(state) else {
            throw GaplessError(
                .wrongState,
                "generation \(number) of \(fullName) is \(current.rawValue): it cannot become \(state.rawValue)",
                index: fullName, state: current)
        }
        generations[place].state = state
        generations[place].blockedReason = state == .blocked ? blockedReason : nil
    }
}

extension Store {
    /// Says that a build cannot go on by itself, and why; writes go on into its delta.
    public func setBlocked(
        _ index: IndexRecord, generation: UInt32, reason: String, in txn: borrowing WriteTransaction
    ) throws {
        try setState(.blocked, of: index, generation, blockedReason: reason, in: txn)
    }

    /// Lets a paused or blocked build go on.
    public func setBuilding(_ index: IndexRecord, generation: UInt32, in txn: borrowing WriteTransaction) throws {
        try setState(.building, of: index, generation, in: txn)
    }

    /// Stops a build until somebody lets it go on; writes go on into its delta.
    public func setPaused(_ index: IndexRecord, generation: UInt32, in txn: borrowing WriteTransaction) throws {
        try setState(.paused, of: index, generation, in: txn)
    }

    private func setState(
        _ state: IndexState, of index: IndexRecord, _ generation: UInt32, blockedReason: String? = nil,
        in txn: borrowing WriteTransaction
    ) throws {
        let before = try live(index, in: txn)
        var after = before
        try after.setState(state, of: generation, blockedReason: blockedReason)
        if after != before { try save(after, in: txn) }
    }
}
