import Glibc
import Supervision
import Synchronization

/// Every process that the rehearsal started and that may still run: all of them end with it.
final class Processes: Sendable {
    private let running = Mutex<[ChildProcess]>([])
    private let isInterrupted = Atomic(false)

    /// Asks the rehearsal to end; true if it was asked before, when everything has been killed.
    func interrupt() -> Bool {
        guard isInterrupted.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        killAll()
        return true
    }

    /// Throws once somebody has asked for an end.
    func requireGoingOn() throws {
        if isInterrupted.load(ordering: .acquiring) { throw RehearsalFailure("stopped by a signal before its end") }
    }

    /// Starts one that goes on.
    func start(_ spec: ChildSpec) throws -> ChildProcess {
        let child = try ChildProcess(spec)
        running.withLock { $0.append(child) }
        return child
    }

    /// Runs one to its end.
    @available(*, noasync)
    func capture(_ spec: ChildSpec, onOutput: ((ArraySlice<UInt8>) throws -> Void)? = nil) throws
        -> ChildProcess.Captured
    {
        var started: ChildProcess?
        defer { if let started { forget(started) } }
        return try ChildProcess.capture(
            spec,
            onStart: { child in
                started = child
                running.withLock { $0.append(child) }
            }, onOutput: onOutput)
    }

    /// One that has ended and was waited for.
    func forget(_ child: ChildProcess) {
        running.withLock { children in children.removeAll { $0 === child } }
    }

    /// Asks one to stop, and kills it if it takes longer than `seconds`. How it ended.
    @available(*, noasync)
    func stop(_ child: ChildProcess, by signal: Int32 = SIGTERM, within seconds: Int) throws -> ChildExit? {
        defer { forget(child) }
        try child.signal(signal)
        if let exit = try child.wait(timeout: .seconds(seconds)) { return exit }
        try child.signal(SIGKILL, group: true)
        _ = try child.wait()
        return nil
    }

    /// Kills whatever still runs.
    func killAll() {
        let children = running.withLock { children in
            defer { children = [] }
            return children
        }
        for child in children.reversed() {
            do {
                try child.signal(SIGKILL, group: true)
            } catch {
                Progress.say("process \(child.pid) could not be ended: \(error)")
            }
        }
    }
}
