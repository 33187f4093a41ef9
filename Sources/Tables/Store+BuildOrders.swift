public import LMDB

/// What an operator's order about a build came to.
public struct BuildOrderOutcome: Hashable, Sendable {
    /// The index as the order left it; for one that was cancelled away, as it was.
    public var index: IndexRecord
    /// The generation that it was about.
    public var generation: UInt32
    /// Whether anything changed: an order that is fulfilled already changes nothing.
    public var isChanged: Bool
    /// The state of that generation before.
    public var before: IndexState
}

/// Orders about the build of an index, each in one transaction; a coordinator hears of them within moments, and the
/// transactions of loaders read them themselves.
extension Store {
    /// Stops the build of an index until it is resumed, whether it is building or blocked.
    ///
    /// Throws `NO_SUCH_INDEX`, and `WRONG_STATE` if nothing of it is being built.
    public func pauseBuild(of fullName: String, in txn: borrowing WriteTransaction) throws -> BuildOrderOutcome {
        let index = try catalog(in: txn).index(fullName)
        let coming = try index.underWay()
        guard coming.state != .paused else { return index.outcome(coming, isChanged: false) }
        try setPaused(index, generation: coming.number, in: txn)
        return try live(index, in: txn).outcome(coming, isChanged: true)
    }

    /// Lets a paused build go on. An index that is building or ready is left as it is.
    ///
    /// Throws `NO_SUCH_INDEX`, and `WRONG_STATE` if something else than a pause holds it up.
    public func resumeBuild(of fullName: String, in txn: borrowing WriteTransaction) throws -> BuildOrderOutcome {
        let index = try catalog(in: txn).index(fullName)
        guard let coming = index.coming ?? index.ready else { throw index.nothingUnderWay() }
        switch coming.state {
        case .building, .ready: return index.outcome(coming, isChanged: false)
        case .paused:
            try setBuilding(index, generation: coming.number, in: txn)
            return try live(index, in: txn).outcome(coming, isChanged: true)
        case .blocked, .dropping:
            throw GaplessError(
                .wrongState,
                "the build of \(fullName) is \(coming.state.rawValue), not paused: \(coming.blockedReason ?? ""): see "
                    + "gapless index failures \(fullName)", index: fullName, state: coming.state)
        }
    }

    /// Gives up the build of an index: a rebuild leaves the ready generation as it is, a first build leaves no index.
    ///
    /// Throws `NO_SUCH_INDEX`, and `WRONG_STATE` if nothing of it is being built.
    public func cancelBuild(of fullName: String, in txn: borrowing WriteTransaction) throws -> BuildOrderOutcome {
        let index = try catalog(in: txn).index(fullName)
        let coming = try index.underWay()
        try cancelBuild(of: index, in: txn)
        guard index.ready != nil else { return index.outcome(coming, isChanged: true) }
        return try live(index, in: txn).outcome(coming, isChanged: true)
    }

    /// Lets the build of an index end without a bad record, and go on if that was the last one.
    ///
    /// Returns whether that is news, and how many bad records are still open.
    /// Throws `WRONG_STATE` if nothing of it is being built, `NO_SUCH_RECORD` unless the record is listed as bad.
    public func waive(
        _ key: [UInt8], of index: IndexRecord, in txn: borrowing WriteTransaction
    ) throws -> (isChanged: Bool, open: Int) {
        let number = try live(index, in: txn).underWay().number
        let before = try isWaived(key.span.bytes, index, generation: number, in: txn)
        if !before { try waiveBad(index, generation: number, key: key.span.bytes, in: txn) }
        let open = try openBadRecordsCount(index, generation: number, in: txn)
        // What else may block it blocks it again when it is tried.
        if open == 0, try live(index, in: txn).coming?.state == .blocked {
            try setBuilding(index, generation: number, in: txn)
        }
        return (!before, open)
    }

    /// Declares the next generation of an index beside the ready one; a build that is under way is left as it is.
    ///
    /// The reason is recorded in the generation: a rebuild never starts without one. Throws `NO_SUCH_INDEX`.
    public func rebuild(
        _ fullName: String, reason: String, in txn: borrowing WriteTransaction
    ) throws -> BuildOrderOutcome {
        let index = try catalog(in: txn).index(fullName)
        let outcome = try declareRebuild(of: index, reason: reason, in: txn)
        guard let coming = outcome.index.coming else { throw outcome.index.nothingUnderWay() }
        guard case .created = outcome else { return outcome.index.outcome(coming, isChanged: false) }
        return outcome.index.outcome(coming, isChanged: true)
    }
}

extension IndexRecord {
    fileprivate func outcome(_ generation: Generation, isChanged: Bool) -> BuildOrderOutcome {
        BuildOrderOutcome(index: self, generation: generation.number, isChanged: isChanged, before: generation.state)
    }

    /// The generation that is building, paused or blocked; throws `WRONG_STATE` if there is none.
    fileprivate func underWay() throws -> Generation {
        guard let coming else { throw nothingUnderWay() }
        return coming
    }

    fileprivate func nothingUnderWay() -> GaplessError {
        GaplessError(
            .wrongState, "nothing of \(fullName) is being built: it is \(state.rawValue)", index: fullName, state: state
        )
    }
}
