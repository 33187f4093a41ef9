extension Database {
    /// As the blocking variant, on a thread of its own: the caller's is free meanwhile.
    public static func open(_ directory: String, creation: Creation = .ifMissing) async throws -> Database {
        let opener = TransactionThreads(name: "gapless-open", max: 1)
        return try await run(on: opener) { try openBlocking(directory, creation) }
    }

    /// As the blocking variant, on a thread of its own: the caller's is free meanwhile.
    ///
    /// A task that is cancelled waits for the end of `body` all the same: a transaction ends whole or not at all.
    public func read<R: Sendable>(
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws -> R
    ) async throws -> R {
        try await Self.run(on: readers) { try self.read(body) }
    }

    /// As the blocking variant, on a thread of its own: the caller's is free meanwhile.
    ///
    /// Those of one process run one after the other, in the order in which they were awaited. A task that is cancelled
    /// waits for the end of `body` all the same: a transaction ends whole or not at all.
    public func write<R: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws -> R
    ) async throws -> R {
        try await Self.run(on: writer) { try self.write(body) }
    }

    /// LMDB has 1,022 slots for the readers of all processes; more threads than cores only wait for the disk anyway.
    static let readersMax = 64

    private static func run<R: Sendable>(
        on threads: TransactionThreads, _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            threads.run { refusal in
                let result = Result {
                    if let refusal { throw DatabaseError(.busy, "no thread for a transaction: \(refusal)") }
                    return try body()
                }
                continuation.resume(with: result)
            }
        }
    }
}
