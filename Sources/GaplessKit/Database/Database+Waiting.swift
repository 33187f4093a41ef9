internal import Glibc
internal import Tables

extension Database {
    /// Waits until an index is ready, on this thread.
    ///
    /// Something else must build it: `gapless build`, or a cluster that runs. Throws `indexNotReady` when the time is
    /// over, or at once if its build is paused; `indexBlocked` if it is blocked, with the reason; `noSuchIndex` if it
    /// is not there, or is dropped meanwhile. What is retryable may be waited for again.
    @available(*, noasync, message: "await the variant that does not block the thread")
    public func waitForIndex(_ name: String, timeout: Duration) throws(DatabaseError) {
        var looks = Looks(name: name, timeout: timeout)
        while true {
            let found = try DatabaseError.wrapping { try read { try $0.index(name) } }
            guard let pause = try looks.pause(after: found) else { return }
            // Nothing in an LMDB environment wakes a process when another one commits.
            var span = timespec(pause)
            nanosleep(&span, nil)
        }
    }

    /// Waits until an index is ready, without blocking a thread meanwhile. Throws `CancellationError` too.
    public func waitForIndex(_ name: String, timeout: Duration) async throws {
        var looks = Looks(name: name, timeout: timeout)
        while true {
            let found = try await read { try $0.index(name) }
            guard let pause = try looks.pause(after: found) else { return }
            try await Task.sleep(for: pause)
        }
    }
}

/// Looks at an index, further and further apart.
private struct Looks {
    /// The first pause; each is twice as long as the one before.
    private static let pauseMin = Duration.milliseconds(5)
    /// So much later than it could be a wait ends at most.
    private static let pauseMax = Duration.milliseconds(200)

    let name: String
    let timeout: Duration
    private let began = ContinuousClock.now
    private var next = pauseMin

    init(name: String, timeout: Duration) {
        self.name = name
        self.timeout = timeout
    }

    /// How long to wait before the next look; nil if the index is ready.
    mutating func pause(after index: IndexStatus) throws(DatabaseError) -> Duration? {
        switch index.state {
        case .ready: return nil
        case .building: break
        case .paused:
            throw DatabaseError(
                .indexNotReady, "the build of \(name) is paused: gapless index resume \(name) lets it go on",
                index: name, state: .paused)
        case .blocked:
            throw DatabaseError(
                .indexBlocked,
                "the index \(name) is blocked: \(index.blockedReason ?? "unknown"): see gapless index failures \(name)",
                index: name, state: .blocked)
        case .dropping:
            throw DatabaseError(.noSuchIndex, "the index \(name) was dropped while it was waited for", index: name)
        }
        let left = timeout - began.duration(to: .now)
        guard left > .zero else {
            throw DatabaseError(
                .indexNotReady,
                "the index \(name) is still being built after \(timeout): see gapless status, and wait again",
                index: name, state: .building)
        }
        defer { next = min(next * 2, Self.pauseMax) }
        return min(next, left)
    }
}

extension timespec {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    }
}
