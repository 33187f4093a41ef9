internal import Backfill

/// Transactions of the environment, the faults that strike them, and who looks at each.
extension Cluster {
    /// Earlier states that a loss of power may lead back to.
    private static let versionsMax = 40

    func transact<R>(
        _ actor: Actor, writes: [LedgerWrite] = [], changing newModel: [RecordRow]? = nil,
        _ body: (inout SimulatedStore) throws(SimulatedError) -> R
    ) throws(SimulatedError) -> R {
        let isExempt = !isFaulty
        if !isExempt, has(.noSpace), isFull {
            moments.count(.spaceRanOut)
            throw .noSpace
        }
        let before = store
        setTrap()
        let result = try store.write(body)
        rememberTrap()
        if !isExempt, has(.lateFailures), dice.chance(plan.failuresPerMille) {
            store = before
            throw .transient
        }
        remember(before)
        if let newModel { model = newModel }
        digest.add(store.transaction)
        check(Commit(actor: actor, before: before, after: store, disk: disk, model: model, writes: writes))
        if store.demandsVersion != before.demandsVersion { demandsChanged() }
        if !isExempt, has(.ambiguousCommits), dice.chance(plan.failuresPerMille) {
            moments.count(.commitLied)
            note("  (committed, but said to have failed)")
            throw .transient
        }
        return result
    }

    private func setTrap() {
        var trap = PutTrap()
        if isFaulty {
            if has(.everyNthPut) {
                trap.remaining = putsUntilFailure
                trap.period = 1_000_000
            }
            if has(.putByKey) { trap.key = poisonKey }
            if has(.permanentFailures), dice.chance(plan.failuresPerMille / 4) {
                trap.remaining = dice.below(4)
                trap.error = .permanent
            }
        }
        store.trap = trap
    }

    private func rememberTrap() {
        guard has(.everyNthPut), store.trap.error == .transient else { return }
        putsUntilFailure = store.trap.remaining ?? 0
    }

    /// The puts before the next one fails start anew after a failure.
    func rewindTrap() {
        guard has(.everyNthPut) else { return }
        putsUntilFailure = 3 + dice.below(60)
    }

    private func remember(_ before: SimulatedStore) {
        guard plan.faults.contains(.unsyncedStore), plan.faults.contains(.powerLoss) else { return }
        versions.append((before, model))
        if versions.count > Cluster.versionsMax { versions.removeFirst(Cluster.versionsMax / 2) }
    }

    func failsToRead() -> Bool {
        guard has(.readFailures), dice.chance(plan.failuresPerMille) else { return false }
        moments.count(.readRetried)
        return true
    }

    private func check(_ commit: Commit) {
        if let violation = checkers.check(commit) { fail(violation.checker, violation.message) }
        noteChanges(commit)
    }

    /// Counts what a transaction did to the states of indexes.
    private func noteChanges(_ commit: Commit) {
        guard commit.before.demandsVersion != commit.after.demandsVersion else { return }
        for index in commit.after.indexes {
            let before = commit.before.indexes.first { $0.id == index.id }
            if let ready = index.ready, before?.ready?.number != ready.number {
                moments.count(.indexPublished)
                if before?.ready != nil { moments.count(.indexRebuilt) }
                if commit.after.records.isEmpty { moments.count(.emptyTableIndexed) }
                buildsEnded += 1
                note("index \(index.id) generation \(ready.number) is READY")
                checkAnswers("at publishing")
            }
            if index.coming?.state == .blocked, before?.coming?.state == .building {
                moments.count(.indexBlocked)
                note("index \(index.id) is BLOCKED: \(index.coming?.blockedReason ?? "?")")
            }
            noteHealing(index, before: before, commit)
            if index.isDropped, before?.isDropped == false, before?.ready == nil { buildsEnded += 1 }
        }
    }

    /// Every coordinator looks at the catalog within 20 ms.
    private func demandsChanged() {
        for case let process? in coordinators where process.core != nil {
            schedule(process, at: now + Int64(dice.within(100...20_000)))
        }
    }
}
