// Goal: a manager hears of a loop only from the loop itself. Method: a socket of our own plays the manager; nobody
// sleeps, so what comes is what the calls brought.
import Glibc
import Testing

@testable import Supervision

@Suite("The watchdog")
struct WatchdogTests {
    private func watched(
        _ interval: Duration, _ body: (borrowing ServiceNotifierTests.Manager, Watchdog) throws -> Void
    )
        throws
    {
        let path = "@gapless-watchdog-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        let manager = try ServiceNotifierTests.Manager(path: path)
        try body(manager, Watchdog(notifier: ServiceNotifier(socketPath: path), interval: interval))
    }

    @Test("a loop that does not turn is not kept alive: nothing is said without a call")
    func silence() throws {
        try watched(.milliseconds(1)) { manager, watchdog in
            #expect(manager.receive() == nil)
            withExtendedLifetime(watchdog) {}
        }
    }

    @Test("the first turn is told at once, the next ones not before a quarter of the interval")
    func turns() throws {
        try watched(.seconds(3_600)) { manager, watchdog in
            for _ in 0..<100 { try watchdog.loopTurned() }
            #expect(manager.receive() == "WATCHDOG=1")
            #expect(manager.receive() == nil)
            #expect(watchdog.turnMax == .seconds(1_200))
        }
        try watched(.nanoseconds(4)) { manager, watchdog in
            try watchdog.loopTurned()
            try watchdog.loopTurned()
            #expect(manager.receive() == "WATCHDOG=1")
            #expect(manager.receive() == "WATCHDOG=1")
        }
    }
}
