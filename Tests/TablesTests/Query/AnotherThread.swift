import Glibc
import Synchronization

/// Runs `body` on a thread of its own and waits for its end.
func onAnotherThread(_ body: @escaping @Sendable () throws -> Void) throws {
    let work = Work(body)
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { pointer in
            guard let pointer else { return nil }
            Unmanaged<Work>.fromOpaque(pointer).takeUnretainedValue().run()
            return nil
        }, Unmanaged.passUnretained(work).toOpaque())
    precondition(code == 0, "pthread_create: \(code)")
    pthread_join(thread, nil)
    if let error = work.error.withLock({ $0 }) { throw error }
}

private final class Work: Sendable {
    let body: @Sendable () throws -> Void
    let error = Mutex<(any Error)?>(nil)

    init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }

    func run() {
        do { try body() } catch { self.error.withLock { $0 = error } }
    }
}
