import Backfill
import Coordinator
import Glibc
import Ledger
import Logging
import Status
import Tables

/// Follows builds until each index is ready, blocked or gone, showing how far they are.
struct BuildWatch {
    /// How often the state is looked at, in microseconds.
    private static let lookMicroseconds: UInt32 = 50_000

    /// How the build of an index ended.
    enum Ending: Equatable {
        case ready(entries: Int)
        case blocked(reason: String)
        case gone
    }

    let store: Store
    let ledger: Ledger
    let log: Logger
    /// Asked on every look: a reason to stop waiting, if there is one.
    let interruption: () throws -> Void

    /// Waits for all of them. Throws what `interruption` throws.
    func wait(for indexes: [IndexRecord]) throws -> [(index: IndexRecord, ending: Ending)] {
        var bar = StateBar("building", log: log)
        defer { bar.clear() }
        while true {
            let endings = try indexes.map { try ending(of: $0) }
            if endings.allSatisfy({ $0 != nil }) {
                return zip(indexes, endings).compactMap { index, ending in ending.map { (index, $0) } }
            }
            try interruption()
            try show(indexes, endings, on: &bar)
            usleep(BuildWatch.lookMicroseconds)
        }
    }

    /// How the build ended, or nil while it goes on.
    private func ending(of index: IndexRecord) throws -> Ending? {
        try store.read { txn in
            guard let now = try store.catalog(in: txn).indexes.first(where: { $0.id == index.id }) else { return .gone }
            guard let coming = now.coming else {
                guard let ready = now.ready else { return .gone }
                return .ready(entries: try store.entriesCount(now, generation: ready.number, in: txn))
            }
            return coming.state == .blocked ? .blocked(reason: coming.blockedReason ?? "unknown") : nil
        }
    }

    private func show(_ indexes: [IndexRecord], _ endings: [Ending?], on bar: inout StateBar) throws {
        let live = try LiveStatus.read(of: store)
        var sum = 0.0
        var notes: [String] = []
        for (index, ending) in zip(indexes, endings) {
            guard ending == nil else {
                sum += 1
                continue
            }
            let job = try JobSummary.latest(of: index, ledger: ledger, live: live)
            sum += job?.progress ?? 0
            if let job { notes.append("\(index.fullName): \(job.text)") }
        }
        let stall =
            live == nil ? "waiting for a coordinator" : live?.workers.isEmpty == true ? "waiting for a worker" : nil
        bar.update(fraction: sum / Double(max(indexes.count, 1)), text: stall ?? notes.first ?? "queued")
    }
}
