// Goal: the clock of the shells never runs backwards, on one thread or between threads.

import Backfill
import Glibc
import Runtime
import TestSupport
import Testing

@Suite("Clock")
struct ClockTests {
    @Test("it never runs backwards")
    func monotonic() {
        let clock = ShellClock()
        var last = clock.now()
        for _ in 0..<100_000 {
            let now = clock.now()
            #expect(now >= last)
            last = now
        }
    }

    @Test("what one thread has read is not later than what another reads afterwards")
    func threads() throws {
        let clock = ShellClock()
        for _ in 0..<100 {
            let before = clock.now()
            let other = try Background { clock.now() }.result()
            #expect(before <= other)
            #expect(other <= clock.now())
        }
    }

    @Test("it begins at the time of day and moves on as measured microseconds do")
    func timeOfDay() {
        let before = Int64(time(nil))
        let clock = ShellClock()
        let after = Int64(time(nil))
        let start = clock.now()
        #expect(start.milliseconds >= before * 1_000)
        #expect(start.milliseconds <= (after + 60) * 1_000)
        let began = ShellClock.microseconds()
        let first = clock.now()
        while ShellClock.microseconds() - began < 20_000 { sched_yield() }
        let moved = clock.now().millisecondsSince(first)
        #expect(moved >= 19)
        #expect(moved <= (ShellClock.microseconds() - began) / 1_000 + 1)
    }
}
