// Goal: work that was durable and is done again is noticed, unless the ledger names a reason.
// Method: ledgers made by hand, one after the other.
import Supervision
import Testing

@testable import gapless_rehearse

@Suite("The ledger over time")
struct LedgerHistoryTests {
    private func range(
        _ start: String?, _ end: String?, _ state: String, attempt: Int, _ history: [(Int, String, String?)] = []
    ) -> LedgerRange {
        LedgerRange(
            start: start, end: end, state: state, attempt: attempt,
            history: history.map { LedgerRange.Attempt(attempt: $0.0, pid: 7, outcome: $0.1, error: $0.2) })
    }

    @Test("a range that stays scanned is as it should be; others may come and go")
    func stays() {
        var history = LedgerHistory()
        let scanned = range(nil, "50", "scanned", attempt: 2, [(1, "died", "gone"), (2, "scanned", nil)])
        #expect(history.observe([scanned, range("50", nil, "leased", attempt: 1)]).isEmpty)
        #expect(history.observe([scanned, range("50", nil, "pending", attempt: 1, [(1, "released", nil)])]).isEmpty)
        let figures = history.figures
        #expect(figures.scanned == 1 && figures.lost == 1 && figures.handedBack == 1)
        #expect(figures.redoneNamed == 0 && figures.redoneUnnamed == 0 && history.scannedNow == 1)
    }

    @Test("P5: a scanned range that is handed out again without a reason is a breach")
    func redone() {
        var history = LedgerHistory()
        _ = history.observe([range(nil, nil, "scanned", attempt: 1, [(1, "scanned", nil)])])
        let faults = history.observe([range(nil, nil, "leased", attempt: 2, [(1, "scanned", nil)])])
        #expect(faults.count == 1 && faults[0].contains("no reason is recorded"))
        #expect(history.figures.redoneUnnamed == 1)
        let again = [(1, "scanned", nil), (2, "scanned", nil)] as [(Int, String, String?)]
        #expect(history.observe([range(nil, nil, "scanned", attempt: 2, again)]).isEmpty)
    }

    @Test("a scanned range whose run was damaged is scanned again for a named reason")
    func named() {
        var history = LedgerHistory()
        _ = history.observe([range(nil, nil, "scanned", attempt: 1, [(1, "scanned", nil)])])
        let again = [(1, "scanned", nil), (1, "failed", "its run is corrupt")] as [(Int, String, String?)]
        #expect(history.observe([range(nil, nil, "pending", attempt: 1, again)]).isEmpty)
        #expect(history.figures.redoneNamed == 1 && history.figures.redoneUnnamed == 0)
    }

    @Test("a second scan between two looks is noticed by the attempt's number")
    func betweenLooks() {
        var history = LedgerHistory()
        _ = history.observe([range(nil, nil, "scanned", attempt: 1, [(1, "scanned", nil)])])
        let twice = [(1, "scanned", nil), (2, "scanned", nil)] as [(Int, String, String?)]
        #expect(history.observe([range(nil, nil, "scanned", attempt: 2, twice)]).count == 1)
    }

    @Test("a range that ends sooner than before was cut")
    func cut() {
        var history = LedgerHistory()
        _ = history.observe([range(nil, "80", "leased", attempt: 1)])
        _ = history.observe([
            range(nil, "40", "scanned", attempt: 1, [(1, "scanned", nil)]), range("40", "80", "pending", attempt: 0),
        ])
        #expect(history.figures.cut == 1)
    }

    @Test("supervisord's log tells how a process ended, and which ends nobody asked for")
    func supervisordLog() {
        let stopped = SupervisordLog.Line(text: "2026 INFO stopped: gapless-worker_01 (exit status 0)")
        #expect(stopped.stopped("gapless-worker:gapless-worker_01") == .code(0))
        #expect(stopped.stopped("gapless-worker:gapless-worker_00") == nil && !stopped.isExit)
        let killed = SupervisordLog.Line(text: "2026 WARN stopped: gapless-worker_01 (terminated by SIGKILL)")
        #expect(killed.stopped("gapless-worker_01") == .signal(9))
        #expect(SupervisordLog.Line(text: "2026 WARN exited: a (exit status 1; not expected)").isExit)
    }
}
