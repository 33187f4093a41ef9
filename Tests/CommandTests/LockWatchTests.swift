// Goal: who waits for the write lock for long says so, now and then, and names who holds it. Method: waits as values.
import LMDB
import Status
import Testing

@testable import gapless

@Suite("Waiting for the write lock")
struct LockWatchTests {
    private func line(_ watch: inout LockWatch, _ millis: Int64?) -> String? {
        watch.line(millis.map { Environment.LockWait(millis: $0, holder: nil) }) { _ in "somebody" }
    }

    @Test("a long wait is said once, then every ten seconds, and so is its end; short ones are not worth a word")
    func words() {
        var watch = LockWatch()
        for millis: Int64? in [nil, 0, 999, nil] { #expect(line(&watch, millis) == nil) }
        #expect(line(&watch, 1_000) == "waiting for the write lock for 1 s: somebody")
        for millis: Int64 in [1_250, 5_000, 10_999] { #expect(line(&watch, millis) == nil) }
        #expect(line(&watch, 11_000) == "waiting for the write lock for 11 s: somebody")
        // It ended unseen, and another one began.
        #expect(line(&watch, 1_100) == "waiting for the write lock for 1 s: somebody")
        #expect(line(&watch, nil) == "the write lock is free again")
        #expect(line(&watch, nil) == nil)
    }

    @Test("the holder is named, and what to do if it is stopped")
    func holders() {
        let holder = WriterGate.Holder(pid: 77, heldMillis: 5_040)
        #expect(WriteLock.text(holder, isStopped: false) == "process 77 has held the write lock for 5.0 s")
        let stopped = WriteLock.text(holder, isStopped: true)
        #expect(stopped.contains("kill -CONT 77") && stopped.contains("kill -KILL 77"))
        #expect(WriteLock.text(nil, isStopped: nil).contains("does not say who it is"))
    }
}
