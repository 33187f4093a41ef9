internal import Glibc
internal import Synchronization

/// One running (or ended) child process, in a process group of its own.
///
/// It is a zombie until `wait` has seen its end, so its PID cannot mean another process before that; after it, signals
/// are refused here. Safe from every thread.
public final class ChildProcess: Sendable {
    /// Its PID, which is also the number of its process group.
    public let pid: Int32
    /// Which process it is, beyond its PID.
    public let identity: ProcessIdentity
    let outputs: [ChildPipe]
    private let descriptor: PidDescriptor
    private let exit = Mutex<ChildExit?>(nil)

    /// Starts the program; throws `SystemFailure` when it cannot be started.
    public init(_ spec: ChildSpec) throws {
        var pipes: [ChildPipe] = []
        if case .lines = spec.output { pipes = [try ChildPipe(.output), try ChildPipe(.error)] }
        let pid = try Self.spawn(spec, pipes: pipes)
        for pipe in pipes { pipe.closeWritingEnd() }
        do {
            descriptor = try PidDescriptor(pid: pid)
            identity = try ProcessIdentity.ofUnwaitedChild(pid: pid)
        } catch {
            // Without a descriptor nobody could watch it: it must not stay behind.
            kill(-pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw error
        }
        self.pid = pid
        outputs = pipes
    }

    /// A file descriptor that becomes readable when the process ends; owned by this object.
    var pollDescriptor: Int32 { descriptor.raw }

    /// Sends a signal to the process, or to its whole group; false when it has ended and was waited for.
    @discardableResult
    public func signal(_ number: Int32, group: Bool = false) throws -> Bool {
        try exit.withLock { exit in
            guard exit == nil else { return false }
            guard kill(group ? -pid : pid, number) == 0 || errno == ESRCH else {
                throw SystemFailure("kill", "process \(pid), signal \(number)")
            }
            return true
        }
    }

    /// Waits until it has ended, at most for `timeout` (nil: as long as it takes); nil when it still runs.
    ///
    /// What is left of its process group is killed then.
    @available(*, noasync)
    public func wait(timeout: Duration? = nil) throws -> ChildExit? {
        guard try descriptor.waitForEnd(timeout: timeout) else { return nil }
        return try exit.withLock { exit in
            if let exit { return exit }
            // The group still exists, the zombie being its member. ESRCH and EPERM: none of it is left alive.
            kill(-pid, SIGKILL)
            let ended = try reap()
            exit = ended
            return ended
        }
    }

    private func reap() throws -> ChildExit {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemFailure("waitpid", "process \(pid)") }
        }
        // The macros of <sys/wait.h>: the low seven bits are the signal, the next byte is the exit code.
        let signal = status & 0x7f
        return signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
    }

    private static func spawn(_ spec: ChildSpec, pipes: [ChildPipe]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        for pipe in pipes {
            let target = pipe.stream == .output ? STDOUT_FILENO : STDERR_FILENO
            posix_spawn_file_actions_adddup2(&actions, pipe.writingEnd, target)
        }
        var attributes = try spawnAttributes()
        defer { posix_spawnattr_destroy(&attributes) }
        let words = CStrings([spec.executable] + spec.arguments)
        let variables = CStrings(inheritedEnvironment().merging(spec.environment) { $1 }.map { "\($0)=\($1)" })
        var pid = pid_t()
        let code = withExtendedLifetime((words, variables)) {
            posix_spawn(&pid, spec.executable, &actions, &attributes, words.pointers, variables.pointers)
        }
        guard code == 0 else { throw SystemFailure("posix_spawn", spec.executable, code: code) }
        return pid
    }

    /// A group of its own, no blocked signals, and the default action for every signal that this process handles or
    /// ignores.
    private static func spawnAttributes() throws -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        let code = posix_spawnattr_setflags(&attributes, Int16(flags))
        guard code == 0 else { throw SystemFailure("posix_spawnattr_setflags", "\(flags)", code: code) }
        return attributes
    }

    private static func inheritedEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let text = next.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next = next.successor()
        }
        return variables
    }
}

/// A null-terminated array of C strings, freed with it.
private final class CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) {
        pointers = texts.map { strdup($0) } + [nil]
    }

    deinit {
        for pointer in pointers { free(pointer) }
    }
}
