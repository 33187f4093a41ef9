internal import Supervision

extension Database {
    /// As the blocking variant, on a thread of its own: the caller's is free meanwhile.
    ///
    /// A task that is cancelled waits for the end of `body` all the same: a transaction ends whole or not at all.
    public func read<R: Sendable>(
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws -> R
    ) async throws -> R {
        try await Self.onOwnThread(name: "gapless-read") { try self.read(body) }
    }

    /// As the blocking variant, on a thread of its own: the caller's is free meanwhile.
    ///
    /// A task that is cancelled waits for the end of `body` all the same: a transaction ends whole or not at all.
    public func write<R: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws -> R
    ) async throws -> R {
        try await Self.onOwnThread(name: "gapless-write") { try self.write(body) }
    }

    private static func onOwnThread<R: Sendable>(
        name: String, _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try BlockingThread(name: name) { continuation.resume(with: Result { try body() }) }.detach()
            } catch {
                continuation.resume(throwing: DatabaseError(.busy, "no thread for a transaction: \(error)"))
            }
        }
    }
}
