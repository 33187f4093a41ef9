internal import Backfill
public import Exploration
internal import Values

extension ClusterModel {
    /// What holds in every state.
    public var always: [Always<ClusterState>] {
        [
            Always("a ready index holds exactly the entries of the records") { state in
                guard state.store.state == .ready else { return nil }
                let wanted = state.store.entriesWanted
                return state.store.entries == wanted && state.store.delta.isEmpty
                    ? nil : "it holds \(state.store.entries), the records make \(wanted)"
            },
            Always("the ranges tile the key space up to where they have been cut", breach: gapInRanges),
            Always("one attempt has one owner", breach: doubleOwner),
            Always("what is scanned stays durable until the job is over", breach: missingRun),
            Always("a loaded index holds what was read back, until the delta is applied", breach: changedLoad),
            Always("the coordinator in office knows what is stored", breach: differentMemory),
            Always("what workers are told is true, and no run is written by two") { $0.wrong },
        ]
    }

    /// What stays within reach.
    public var eventually: [Eventually<ClusterState>] {
        [
            Eventually("the job is over, or the index is blocked by name, and every worker is free") { state in
                let isOver = state.store.jobs.last?.row.state == .done || state.store.state == .blocked
                return isOver && state.workers.allSatisfy { $0.session.work == .idle }
            }
        ]
    }

    /// What the scope makes possible, and therefore must be seen.
    public var sometimes: [Sighting] {
        var cases: [Sighting] = []
        if scope.poison == nil { cases.append(.published) } else { cases.append(.blockedByRecord) }
        if scope.restarts > 0, scope.poison == nil { cases += [.leaseKept, .publishingOutcomeLost] }
        if scope.suspicions > 0 { cases += [.staleResultRefused, .lateLoaderFenced] }
        if scope.suspicions > 0, scope.appendMax < scope.recordCount { cases.append(.loadContinued) }
        if scope.secondCoordinators > 0 { cases += [.formerCoordinatorFenced, .oldEpochIgnored] }
        if scope.duplicates > 0 { cases += [.countedResultRepeated, .staleResultRefused] }
        if scope.losses > 0 { cases.append(.grantRepeated) }
        if scope.departures > 0, scope.recordsPerRange > 1 { cases.append(.rangeCut) }
        if scope.scripts.contains(where: { !$0.isEmpty }) {
            cases += [.writtenAfterScan, .writtenWhileLoading, .deltaDrained]
            if scope.poison == nil { cases.append(.writtenWhenReady) }
            // A rewritten record makes two rows, a deleted one makes one, which publishing applies itself.
            if scope.scripts.contains(where: { $0.contains { $0.isDelete } }) {
                cases.append(.deltaAppliedAtPublishing)
            }
        }
        return cases
    }
}

extension Scope.Write {
    fileprivate var isDelete: Bool {
        if case .delete = self { return true }
        return false
    }
}

@Sendable private func gapInRanges(_ state: ClusterState) -> String? {
    for job in state.store.jobs where !job.ranges.isEmpty {
        let doubts = Proof.tilingDoubts(job.ranges).filter { doubt in
            // Before discovery has come to the end, the last range ends at the frontier.
            if case .missingEnd(let key) = doubt { return job.row.isDiscovered || key != job.row.frontier }
            return true
        }
        if let first = doubts.first { return first.description }
    }
    return nil
}

@Sendable private func doubleOwner(_ state: ClusterState) -> String? {
    let leases = state.workers.filter(\.isAlive).compactMap(\.session.holding)
    for (place, lease) in leases.enumerated() {
        let isDouble = leases.dropFirst(place + 1).contains {
            $0.job == lease.job && $0.item == lease.item && $0.attempt == lease.attempt
        }
        if isDouble { return "two workers hold \(lease)" }
    }
    return nil
}

@Sendable private func missingRun(_ state: ClusterState) -> String? {
    for job in state.store.jobs where job.row.state == .open {
        for range in job.ranges where range.state == .scanned && state.store.run(of: range) == nil {
            return "the run of range \(range.id) is gone"
        }
    }
    return nil
}

@Sendable private func changedLoad(_ state: ClusterState) -> String? {
    guard state.store.isAsLoaded, let digest = state.store.jobs.last?.builds.first?.digest else { return nil }
    return digest == TinyStore.digest(of: state.store.entries)
        ? nil : "\(digest.count) entries were read back, and now there are \(state.store.entries)"
}

@Sendable private func differentMemory(_ state: ClusterState) -> String? {
    guard let coordinator = state.coordinator else { return nil }
    let known = coordinator.core.jobs.map(\.image)
    guard known.map(\.row) == state.store.jobs.map(\.row) else { return "the jobs differ" }
    for (mine, stored) in zip(known, state.store.jobs) {
        if mine.ranges != stored.ranges { return "the ranges of job \(mine.row.id) differ" }
        for (left, right) in zip(mine.builds, stored.builds) where left != right && right.stage != .published {
            return "index \(left.index) of job \(mine.row.id) is \(left.stage) in memory and \(right.stage) as stored"
        }
    }
    return nil
}
