import ArgumentParser
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
        /// Somebody paused it: nothing goes on until somebody resumes it.
        case paused
        /// Its rebuild was given up; the generation before is still ready.
        case cancelled
        case gone
    }

    let store: Store
    let ledger: Ledger
    let log: Logger
    /// Asked on every look: a reason to stop waiting, if there is one.
    let interruption: () throws -> Void

    /// Waits for one of them, shows what it has become, and ends with the exit code of that.
    static func wait(for index: IndexRecord, in store: Store, showing command: some StoreCommand) throws {
        let log = try command.global.logger("index")
        let watch = BuildWatch(store: store, ledger: Ledger(store), log: log, interruption: {})
        let ending = try watch.wait(for: [index])[0].ending
        guard ending != .gone else { throw GaplessError.dropped(index.fullName) }
        let summary = try store.read { txn in
            try IndexSummary(try store.catalog(in: txn).index(index.fullName), in: store, txn)
        }.withJob(of: store)
        try command.show(summary, text: "index \(index.fullName) \(ending.text)\n")
        if ending.exitCode != 0 { throw ExitCode(ending.exitCode) }
    }

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
                if let wanted = index.coming?.number, ready.number < wanted { return .cancelled }
                return .ready(entries: try store.entriesCount(now, generation: ready.number, in: txn))
            }
            switch coming.state {
            case .blocked:
                // Rewritten, deleted or waived: the next look of a coordinator lets it go on.
                let open = try store.openBadRecordsCount(now, generation: coming.number, in: txn)
                let isShared = try store.hasSharedKey(now, generation: coming.number, in: txn)
                if open == 0, !isShared, try isBlockedByRecords(index) { return nil }
                return .blocked(reason: coming.blockedReason ?? "unknown")
            case .paused: return .paused
            case .building, .ready, .dropping: return nil
            }
        }
    }

    private func isBlockedByRecords(_ index: IndexRecord) throws -> Bool {
        guard let image = try ledger.latestImage(ofIndex: index.id) else { return false }
        let place = image.row.indexes.firstIndex { $0.index == index.id }
        return image.builds.first { $0.index == place }?.isBlockedByRecords ?? false
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

extension BuildWatch.Ending {
    /// What became of the index, after its name.
    var text: String {
        switch self {
        case .ready(let entries): "is ready: \(entries.grouped) entries"
        case .blocked(let reason): "is blocked by: \(reason)"
        case .paused: "is paused: let it go on with gapless index resume"
        case .cancelled: "was not rebuilt: the rebuild was cancelled, the generation before answers on"
        case .gone: "was dropped"
        }
    }

    /// 1: a check found something; 75: try again later.
    var exitCode: Int32 {
        switch self {
        case .ready: 0
        case .blocked, .cancelled, .gone: 1
        case .paused: 75
        }
    }
}

extension GaplessError {
    fileprivate static func dropped(_ name: String) -> GaplessError {
        GaplessError(.noSuchIndex, "the index \(name) was dropped while it was waited for", index: name)
    }
}
