public import Backfill
internal import Supervision

extension Incarnation {
    /// This process, with a fresh random nonce. Throws `SystemFailure` when `/proc` cannot be read.
    public static func ofThisProcess(at now: Instant) throws -> Incarnation {
        let process = try ProcessIdentity.current()
        var generator = SystemRandomNumberGenerator()
        return Incarnation(
            host: process.host, bootID: process.bootID, pid: process.pid, startTicks: process.startTicks,
            startedAt: now, nonce: Nonce(high: generator.next(), low: generator.next()),
            pidNamespace: try ProcessIdentity.pidNamespace())
    }
}
