internal import Backfill

/// Loading: empty if need be, merge the runs, append in fenced transactions, read back.
extension Step {
    mutating func load(_ grant: Grant, _ stage: TinyWork.LoadStage, _ place: Int) {
        switch stage {
        case .begin where grant.restarts:
            guard confirms(grant, place) else { return }
            state.store.empty()
            state.workers[place].work = .load(grant, .merge)
        case .begin, .merge: merge(grant, place)
        case .append(let entries): append(entries, grant, place)
        case .readBack:
            let digest = TinyStore.digest(of: state.store.entries)
            finish(.loaded(LoadResult(lease: grant.lease, digest: digest, retries: 0)), place)
        }
    }

    /// Reads the runs that the ledger names, behind the last entry that stands in the index.
    private mutating func merge(_ grant: Grant, _ place: Int) {
        guard let job = state.store.jobs.first(where: { $0.row.id == grant.lease.job }) else {
            return fail(grant, .transient, place)
        }
        var entries: [TinyEntry] = []
        for range in job.ranges {
            guard range.state == .scanned, !range.runs.isEmpty else { return fail(grant, .transient, place) }
            guard let run = state.store.run(of: range) else {
                return fail(grant, .runDamaged(range: range.id), place)
            }
            entries += run.entries
        }
        entries.sort()
        if let last = state.store.entries.last {
            see(.loadContinued)
            entries.removeAll { $0 <= last }
            if scope.breaks.contains(.loaderSkips) { entries = Array(entries.dropFirst()) }
        }
        state.workers[place].work = .load(grant, entries.isEmpty ? .readBack : .append(entries))
    }

    private mutating func append(_ entries: [TinyEntry], _ grant: Grant, _ place: Int) {
        guard confirms(grant, place) else { return }
        guard state.store.append(entries.prefix(scope.appendMax)) else { return fail(grant, .permanent, place) }
        let rest = Array(entries.dropFirst(scope.appendMax))
        state.workers[place].work = .load(grant, rest.isEmpty ? .readBack : .append(rest))
    }
}
