// What the tests of several modules share: work on a thread of its own.
internal import Glibc
internal import Synchronization

/// Blocking work on a thread of its own, as LMDB's transactions and the loops of the shells want it.
public final class Background<R: Sendable> {
    private let work: Work<R>
    private let thread: pthread_t

    /// Starts the thread.
    public init(_ body: @escaping @Sendable () throws -> R) {
        work = Work(body)
        var thread = pthread_t()
        let context = Unmanaged<AnyWork>.passRetained(work).toOpaque()
        let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
            if let context { Unmanaged<AnyWork>.fromOpaque(context).takeRetainedValue().run() }
            return nil
        }
        let status = pthread_create(&thread, nil, run, context)
        guard status == 0 else { fatalError("pthread_create: \(status)") }
        self.thread = thread
    }

    /// Waits for the end of the thread; throws what its body threw.
    public func result() throws -> R {
        pthread_join(thread, nil)
        guard let result = work.result.withLock({ $0 }) else { fatalError("the thread ended without a result") }
        return try result.get()
    }
}

private class AnyWork {
    func run() {}
}

private final class Work<R: Sendable>: AnyWork {
    let result = Mutex<Result<R, any Error>?>(nil)
    private let body: @Sendable () throws -> R

    init(_ body: @escaping @Sendable () throws -> R) { self.body = body }

    override func run() {
        let outcome = Result { try body() }
        result.withLock { $0 = outcome }
    }
}
