internal import Glibc

/// What those who check a table together share: the snapshot that they agree on, the tasks, what was found.
///
/// First every task that sums up; who ends the last of them compares the sums, and where they differ there are tasks to
/// locate the damage. Nobody leaves before there can be no more tasks: a snapshot that was left cannot be had again.
final class VerifyBoard: @unchecked Sendable {  // all state is behind `mutex`
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    private let members: Int
    private let cuts: VerifyCuts
    private let keeping: Int
    private let tell: (VerifyProgress) -> Void

    private var snapshots: [UInt64] = []
    private var waiting: [VerifyTask] = []
    private var handedOut = 0
    private var running = 0
    private var isLocating = false
    private var outcomes: [(place: Int, scans: [IndexScan])] = []
    private var merged: [IndexScan] = []
    private var failure: (any Error)?
    private var progress = VerifyProgress(pass: .comparing, total: 0)

    /// A board for so many members. `tell` is called by one of them at a time.
    init(members: Int, cuts: VerifyCuts, keeping: Int, tell: @escaping (VerifyProgress) -> Void) {
        self.members = members
        self.cuts = cuts
        self.keeping = keeping
        self.tell = tell
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
        waiting = VerifyTask.tasks(.sumRecords, cutAt: cuts.records)
        for (place, cuts) in cuts.entries.enumerated() {
            waiting += VerifyTask.tasks(.sumEntries(place: place), cutAt: cuts)
        }
        progress.total = cuts.recordsCount + cuts.entriesCounts.reduce(0, +)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    private func locked<R>(_ body: () throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Waits until every member has its snapshot; whether all have the same.
    func agree(on snapshot: UInt64) -> Bool {
        locked {
            snapshots.append(snapshot)
            pthread_cond_broadcast(changed)
            while snapshots.count < members && failure == nil { pthread_cond_wait(changed, mutex) }
            return failure == nil && snapshots.allSatisfy { $0 == snapshot }
        }
    }

    /// The next task and its place in the order of all; nil when there will be none.
    func next() -> (place: Int, task: VerifyTask)? {
        locked {
            while true {
                guard failure == nil else { return nil }
                if !waiting.isEmpty {
                    running += 1
                    handedOut += 1
                    return (handedOut - 1, waiting.removeFirst())
                }
                if running > 0 {
                    pthread_cond_wait(changed, mutex)
                } else if isLocating || !locate() {
                    return nil
                }
            }
        }
    }

    /// Notes what a task found.
    func finished(_ place: Int, _ scans: [IndexScan]) {
        locked {
            running -= 1
            outcomes.append((place, scans))
            if running == 0, waiting.isEmpty { merge() }
            pthread_cond_broadcast(changed)
        }
    }

    /// Ends it for all: there is no result.
    func fail(_ error: any Error) {
        locked {
            if failure == nil { failure = error }
            pthread_cond_broadcast(changed)
        }
    }

    /// Counts what was looked at.
    func count(_ items: Int) {
        locked {
            progress.done += items
            tell(progress)
        }
    }

    /// What was found, once every member is gone; nil if they had different snapshots. Throws what ended it.
    func result() throws -> [IndexScan]? {
        try locked {
            if let failure { throw failure }
            guard snapshots.count == members, Set(snapshots).count == 1 else { return nil }
            guard running == 0, waiting.isEmpty else {
                throw GaplessError(.defect, "a check ended with \(waiting.count + running) parts of it undone")
            }
            return merged
        }
    }

    /// Puts the outcomes together in the order of their tasks, so that the same damage is told in the same order.
    private func merge() {
        for outcome in outcomes.sorted(by: { $0.place < $1.place }) {
            if merged.isEmpty { merged = outcome.scans.map { $0.cleared() } }
            for index in merged.indices { merged[index].absorb(outcome.scans[index], keeping: keeping) }
        }
        outcomes = []
    }

    /// Makes the tasks that locate what the sums say is damaged; false if nothing is.
    private func locate() -> Bool {
        isLocating = true
        for place in merged.indices where merged[place].differs {
            waiting += VerifyTask.tasks(.findMissing(place: place), cutAt: cuts.records, keeping: keeping / 2)
            waiting += VerifyTask.tasks(.findUncalled(place: place), cutAt: cuts.entries[place], keeping: keeping / 2)
        }
        let damaged = merged.indices.filter { merged[$0].differs }
        guard !damaged.isEmpty else { return false }
        progress = VerifyProgress(
            pass: .locating, total: damaged.reduce(0) { $0 + cuts.recordsCount + cuts.entriesCounts[$1] })
        tell(progress)
        return true
    }
}

/// Where a check is cut into tasks, and how much there is to look at.
struct VerifyCuts: Sendable {
    var records: [[UInt8]] = []
    /// For each index.
    var entries: [[[UInt8]]] = []
    var recordsCount = 0
    /// For each index.
    var entriesCounts: [Int] = []
}
