internal import Glibc
internal import Runtime
internal import Supervision
internal import Synchronization

/// The connections that are open, each on a thread of its own.
final class Connections: Sendable {
    /// As many at one time: each costs a thread, and at most one reader of the environment (which has 1,022).
    static let countMax = 256

    private let open = Mutex<Set<Int32>>([])
    /// Rings when one has ended.
    let ended: Bell

    init() throws {
        ended = try Bell()
    }

    var count: Int { open.withLock { $0.count } }

    /// Runs `body` on a new thread and closes the descriptor after it.
    ///
    /// - Returns: false when there are too many, or no thread can be had; the descriptor stays the caller's then.
    func start(_ descriptor: Int32, _ body: @escaping @Sendable () -> Void) -> Bool {
        let isAdmitted = open.withLock { open in
            guard open.count < Connections.countMax else { return false }
            open.insert(descriptor)
            return true
        }
        guard isAdmitted else { return false }
        do {
            try BlockingThread(name: "http") { [self] in
                body()
                forget(descriptor)
                close(descriptor)
            }.detach()
            return true
        } catch {
            // The caller tells the client: it is the same as too many connections.
            forget(descriptor)
            return false
        }
    }

    private func forget(_ descriptor: Int32) {
        _ = open.withLock { $0.remove(descriptor) }
        ended.ring()
    }

    /// Waits until all have ended or `deadline` (of `ShellClock.microseconds`) has come; true if all have.
    func waitForAll(until deadline: Int64) -> Bool {
        while count > 0 {
            let left = deadline - ShellClock.microseconds()
            guard left > 0 else { return false }
            _ = ended.wait(milliseconds: Int(left / 1_000) + 1)
            ended.silence()
        }
        return true
    }

    /// Ends all reading and writing: threads that wait for their clients go on and end.
    func cutAll() {
        open.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }
}
