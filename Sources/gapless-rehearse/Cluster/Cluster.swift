import Glibc
import Supervision

/// Which of a cluster's processes.
enum Role: String, Sendable, Codable {
    case worker
    case coordinator
}

/// The processes of a cluster under one supervisor.
protocol Cluster: AnyObject {
    /// Starts the supervisor, and through it the processes.
    func start() throws

    /// What is started from now on is started from this executable; what runs is not touched.
    func use(_ program: Program) throws

    /// Ends one process and sees to it that another takes its place. How it ended, where that can be known.
    ///
    /// The other one may not be at work yet.
    func restart(_ pid: Int32, _ role: Role, by signal: Int32) throws -> ChildExit?

    /// Notices processes that ended although nobody asked them to; what happened, a line each.
    func tend() throws -> [String]

    /// Ends everything; throws if something did not end as it should.
    func stop() throws
}

extension SupervisorKind {
    /// A cluster that is not started yet; its logs go to `folder`.
    func cluster(of settings: Settings, _ program: Program, in folder: WorkFolder, _ processes: Processes) throws
        -> any Cluster
    {
        switch self {
        case .plain: PlainCluster(settings, program, folder, processes)
        case .up: UpCluster(settings, program, folder, processes)
        case .supervisord: try SupervisordCluster(settings, program, folder, processes)
        }
    }
}

/// The end of a process that is not a child of ours, by its identity.
enum Stranger {
    /// Sends the signal and waits until exactly that process has ended.
    @available(*, noasync)
    static func end(_ pid: Int32, by signal: Int32, within seconds: Int) throws {
        guard let identity = try ProcessIdentity.running(pid: pid) else { return }
        guard case .running(let handle) = try ProcessHandle.find(identity) else { return }
        guard kill(pid, signal) == 0 || errno == ESRCH else {
            throw RehearsalFailure("process \(pid) cannot be signalled: \(String(cString: strerror(errno)))")
        }
        var entry = pollfd(fd: handle.descriptor, events: Int16(POLLIN), revents: 0)
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if poll(&entry, 1, 100) > 0 { return }
        }
        throw RehearsalFailure("process \(pid) did not end within \(seconds) s of signal \(signal)")
    }
}
