import Foundation
import Supervision
import Synchronization

/// How often ranges changed hands.
struct RangeFigures: Encodable, Sendable {
    var scanned = 0
    /// Given back by a worker that left, or had no room.
    var handedBack = 0
    /// Cut where a worker had got to, or in two.
    var cut = 0
    /// In the hands of a worker that died, failed or fell silent.
    var lost = 0
    var redoneNamed = 0
    var redoneUnnamed = 0

    static func + (left: RangeFigures, right: RangeFigures) -> RangeFigures {
        RangeFigures(
            scanned: left.scanned + right.scanned, handedBack: left.handedBack + right.handedBack,
            cut: left.cut + right.cut, lost: left.lost + right.lost,
            redoneNamed: left.redoneNamed + right.redoneNamed, redoneUnnamed: left.redoneUnnamed + right.redoneUnnamed)
    }
}

/// One range as `gapless ranges --json` shows it.
struct LedgerRange: Decodable, Sendable {
    struct Attempt: Decodable, Sendable {
        let attempt: Int
        let pid: Int32
        let outcome: String
        let error: String?
    }

    let start: String?
    let end: String?
    let state: String
    let attempt: Int
    let history: [Attempt]
}

/// One build's ledger over time: what was durable must stay so.
struct LedgerHistory: Sendable {
    private struct Durable {
        let end: String?
        let attempt: Int
        let pid: Int32
    }

    private var durable: [String?: Durable] = [:]
    private var ends: [String?: String?] = [:]
    private var cut = 0
    private var named = 0
    private var unnamed = 0
    private var latest: [LedgerRange] = []

    /// Takes in what the ledger says now; what is wrong with that, a line each.
    mutating func observe(_ ranges: [LedgerRange]) -> [String] {
        var faults: [String] = []
        for range in ranges {
            if let before = ends[range.start], before != range.end { cut += 1 }
            ends[range.start] = range.end
            if let fault = check(range) { faults.append(fault) }
        }
        latest = ranges
        return faults
    }

    private mutating func check(_ range: LedgerRange) -> String? {
        let scans = range.history.filter { $0.outcome == "scanned" }
        var fault: String?
        if let before = durable[range.start], range.state != "scanned" || before.attempt != range.attempt {
            let reason = range.history.first { $0.attempt == before.attempt && $0.outcome == "failed" }?.error
            if reason == nil {
                unnamed += 1
                fault =
                    "range from \(range.start ?? "-inf"), scanned by \(before.pid) in attempt \(before.attempt), "
                    + "is \(range.state) in attempt \(range.attempt) and no reason is recorded"
            } else {
                named += 1
            }
            durable[range.start] = nil
        }
        if range.state == "scanned", let scan = scans.last {
            durable[range.start] = Durable(end: range.end, attempt: range.attempt, pid: scan.pid)
        }
        return fault
    }

    var figures: RangeFigures {
        let history = latest.flatMap(\.history)
        return RangeFigures(
            scanned: history.count { $0.outcome == "scanned" },
            handedBack: history.count { $0.outcome == "released" }, cut: cut,
            lost: history.count { ["died", "expired", "failed"].contains($0.outcome) },
            redoneNamed: named, redoneUnnamed: unnamed)
    }

    /// How many are scanned now.
    var scannedNow: Int { latest.count { $0.state == "scanned" } }
}

/// Looks at the ledger again and again.
final class LedgerWatch: Sendable {
    private struct State {
        var edition = 0
        var job: String?
        var history = LedgerHistory()
        var past = RangeFigures()
    }

    private let index: String
    private let declaration: Declaration
    private let record: Report.Collector
    private let state = Mutex(State())

    init(index: String, _ declaration: Declaration, record: Report.Collector) {
        self.index = index
        self.declaration = declaration
        self.record = record
    }

    /// The index as `index show` has it.
    struct Shown: Decodable, Sendable {
        struct Job: Decodable, Sendable {
            let id: String
            let phase: String
            let progress: Double
        }
        struct BlockedBy: Decodable, Sendable {
            let badRecords: Int
            let errors: [String]
        }

        let state: String
        let job: Job?
        let blockedBy: BlockedBy?

        /// `scan 42 %`
        var text: String { job.map { "\($0.phase) \(Int($0.progress * 100)) %" } ?? state }
    }

    /// Looks once, and checks what it sees against what was seen before.
    @available(*, noasync)
    @discardableResult
    func look(_ program: Program) throws -> Shown {
        let edition = declaration.edition
        let shown = try program.decode(Shown.self, "index", "show", index)
        let ranges = try program.decode([LedgerRange].self, "ranges", index)
        guard declaration.isStanding(edition), declaration.edition == edition else { return shown }
        let faults = state.withLock { state in
            var faults: [String] = []
            if edition != state.edition {
                state.past = state.past + state.history.figures
                (state.history, state.job, state.edition) = (LedgerHistory(), nil, edition)
            }
            if let before = state.job, let job = shown.job?.id, job != before {
                faults.append("the build began anew: job \(before) was followed by job \(job)")
            }
            state.job = shown.job?.id ?? state.job
            return faults + state.history.observe(ranges)
        }
        for fault in faults { record.breach(.durable, fault) }
        return shown
    }

    /// All builds together.
    var figures: RangeFigures { state.withLock { $0.past + $0.history.figures } }

    /// A number that grows as the present build gets on.
    var scannedNow: Int { state.withLock { $0.history.scannedNow } }
}
