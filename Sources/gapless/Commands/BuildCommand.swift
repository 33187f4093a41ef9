import ArgumentParser
import Coordinator
import Glibc
import Ledger
import Logging
import Status
import Supervision
import Synchronization
import Tables

/// `gapless build`.
struct BuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build indexes: start a coordinator and workers, wait, stop them.",
        discussion: """
            Waits until every index named (default: all that are not ready) is ready or blocked; exit code 1 if one is
            blocked. Interrupted, it goes on where it was when it is run again. With a coordinator running already, its
            workers join that one.

            Example:
              gapless build people.email --workers 4
            """)

    @Argument(help: ArgumentHelp("The indexes, as TABLE.NAME.", valueName: "table.name"), completion: .index)
    var indexes: [String] = []
    @Option(help: ArgumentHelp("How many workers (GAPLESS_WORKERS; default: the cores).", valueName: "n"))
    var workers: Int?
    @Option(
        help: ArgumentHelp(
            "How long a graceful stop may take, as in 10s or 500ms.", discussion: "GAPLESS_GRACE; default 10s",
            valueName: "time"))
    var grace: TimeSpan?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        try WorkerCount.check(workers)
    }

    func run() throws {
        let log = try global.logger("build")
        let store = try global.openStore()
        let wanted = try store.read { txn in
            let catalog = try store.catalog(in: txn)
            return try indexes.isEmpty
                ? catalog.indexes.filter { $0.coming != nil && $0.coming?.state != .paused }
                : indexes.map(catalog.index)
        }
        guard wanted.contains(where: { $0.coming != nil }) else {
            return try report(wanted.map { ($0, nil) }, store, 0)
        }
        let began = ContinuousClock.now
        let endings = try withCluster(of: store, log) { interruption in
            try BuildWatch(store: store, ledger: Ledger(store), log: log, interruption: interruption).wait(for: wanted)
        }
        try report(endings.map { ($0.index, $0.ending) }, store, began.duration(to: .now).inSeconds)
    }

    /// Runs `body` while a coordinator and workers run; stops them after it, however it ends.
    private func withCluster<R>(
        of store: Store, _ log: Logger,
        _ body: (_ interruption: @escaping () throws -> Void) throws -> R
    ) throws -> R {
        let endpoint = try Endpoint.resolve(flag: nil, variable: "GAPLESS_LISTEN", directory: global.directory)
        let running = try LiveStatus.isCoordinatorRunning(in: store.directory)
        let children = Children(
            directory: global.directory, endpoint: try LiveStatus.read(of: store)?.endpoint ?? endpoint,
            // Their chatter would bury the progress.
            flags: global.flagsForChildren(level: try global.level(default: .warning)),
            grace: grace)
        _ = try TimeSpan.grace(grace)
        let count = try WorkerCount.resolve(workers)
        let failures = FinalFailures()
        let supervisor = try Supervisor(log: log.raised(to: .warning), onNotice: failures.note)
        let interrupted = InterruptFlag()
        let (service, flag) = (Service(log: log, options: global), grace)
        try service.watchSignals(
            stop: {
                service.leave(within: TimeSpan.checkedGrace(flag), orElse: supervisor.killAll)
                interrupted.raise()
            }, stopNow: supervisor.killAll, reload: supervisor.reloadAll)
        if running {
            log.info("a coordinator is running; the workers join it")
        } else {
            supervisor.add(try children.coordinator(isStandby: true))
        }
        for number in 1...count { supervisor.add(try children.worker(number)) }
        let thread = try BlockingThread(name: "supervisor") {
            do { try supervisor.run() } catch { log.error("\(error)") }
        }
        let result = Result {
            try body {
                if let code = failures.exitCode { throw ExitCode(code) }
                if interrupted.isRaised { throw BuildCommand.interrupted }
            }
        }
        service.leave(within: TimeSpan.checkedGrace(flag), orElse: supervisor.killAll)
        supervisor.stopAll()
        thread.join()
        return try result.get()
    }

    private static let interrupted = CommandFailure(
        code: "INTERRUPTED",
        message: "stopped before the indexes were ready: run gapless build again, it goes on where it was",
        exitCode: 75)

    private func report(
        _ endings: [(index: IndexRecord, ending: BuildWatch.Ending?)], _ store: Store, _ seconds: Double
    ) throws {
        var (isBlocked, isPaused) = (false, false)
        var lines: [String] = []
        for (index, ending) in endings {
            switch ending {
            case .ready(let entries)?:
                lines.append("\(index.fullName) is ready: \(entries.grouped) entries, \(seconds.rounded(to: 1)) s")
            case .blocked(let reason)?:
                isBlocked = true
                lines.append("\(index.fullName) is blocked: \(reason)")
            case .paused?, .cancelled?, .gone?:
                isPaused = isPaused || ending == .paused
                lines.append("\(index.fullName) \(ending?.text ?? "")")
            case nil: lines.append("\(index.fullName) is \(index.state.rawValue): nothing to do")
            }
        }
        if lines.isEmpty { lines.append("every index is ready: nothing to do") }
        if global.json {
            let summaries = try store.read { txn in
                try store.catalog(in: txn).indexes.filter { index in endings.contains { $0.index.id == index.id } }
                    .map { try IndexSummary($0, in: store, txn) }
            }
            StandardOutput.shared.write(try JSONLine.text(try summaries.map { try $0.withJob(of: store) }) + "\n")
        } else {
            StandardOutput.shared.write(lines.joined(separator: "\n") + "\n")
        }
        if isBlocked { throw ExitCode(1) }
        if isPaused { throw ExitCode(75) }
    }
}

/// Set by a signal, looked at by the waiting thread.
final class InterruptFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether it has been raised. Any thread.
    var isRaised: Bool { flag.load(ordering: .acquiring) }

    /// Raises it. Any thread.
    var raise: @Sendable () -> Void { { [self] in flag.store(true, ordering: .releasing) } }
}

extension Logger {
    /// This logger, with nothing less important than `level`.
    func raised(to level: Logger.Level) -> Logger {
        var copy = self
        copy.logLevel = max(logLevel, level)
        return copy
    }
}

extension Double {
    func rounded(to digits: Int) -> String {
        let scale = digits == 1 ? 10.0 : 100.0
        return "\((self * scale).rounded() / scale)"
    }
}
