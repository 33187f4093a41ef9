import Glibc
import Supervision
import Synchronization
import Tables
import Values

/// An application: one small durable put a transaction, 500 a second, into the table that is being indexed.
///
/// It measures how long it waits for the write lock, and how long a whole put takes.
final class ApplicationWriter: Sendable {
    /// Puts begin so far apart; one that comes late is not made up for.
    static let periodNanoseconds: UInt64 = 2_000_000

    /// What was measured between two moments.
    struct Waits: Encodable {
        /// Waiting for the write lock, in milliseconds.
        let lock: Percentiles
        /// The whole put, its durable commit included, in milliseconds.
        let put: Percentiles
    }

    private struct State {
        var locks: [UInt64] = []
        var puts: [UInt64] = []
        var failure: (any Error)?
    }

    private let store: Store
    private let table: String
    private let generator: RecordGenerator
    private let records: UInt64
    private let state = Mutex(State())
    private let isStopped = Atomic(false)
    private let hasEnded = Atomic(false)

    /// A writer that rewrites random records 1...`records` of the table.
    init(_ store: Store, table: String, generator: RecordGenerator, records: UInt64) {
        self.store = store
        self.table = table
        self.generator = generator
        self.records = records
    }

    /// Writes on a thread of its own until ``stop()``.
    func start() throws {
        try BlockingThread(name: "writer") { [self] in
            do {
                try writeAll()
            } catch {
                state.withLock { $0.failure = error }
            }
            hasEnded.store(true, ordering: .releasing)
        }.detach()
    }

    /// What was measured since the last call. Throws what ended the writer, if anything did.
    func takeWaits() throws -> Waits {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            defer { (state.locks, state.puts) = ([], []) }
            return Waits(lock: Percentiles(nanoseconds: state.locks), put: Percentiles(nanoseconds: state.puts))
        }
    }

    /// Ends it, and waits for the put that is under way.
    @available(*, noasync)
    func stop() {
        isStopped.store(true, ordering: .releasing)
        while !hasEnded.load(ordering: .acquiring) { Stopwatch.sleep(milliseconds: 1) }
    }

    private func writeAll() throws {
        let record = try store.read { txn in try store.table(table, in: txn) }
        var reader = RecordReader(.ndjson, values: record.format, key: record.keyField, schema: record.schema)
        var writer = store.writer(of: table)
        var text = TextBuffer(capacity: generator.data.lineBytesMax)
        var random = RandomSource(seed: 42)
        var edition: UInt64 = 0
        var next = Stopwatch.nanoseconds()
        while !isStopped.load(ordering: .acquiring) {
            edition += 1
            text.removeAll()
            generator.append(1 + random.next(below: records), edition: edition, to: &text)
            text.withBytes { reader.feed(RawSpan(_unsafeBytes: $0)) }
            guard try reader.next() else { throw BenchFailure("a generated line is no record") }
            next = max(next + Self.periodNanoseconds, Stopwatch.nanoseconds())
            Stopwatch.sleep(until: next)
            try put(&writer, key: reader.primaryKey, record: reader.record)
        }
    }

    private func put(_ writer: inout TableWriter, key: [UInt8], record: [UInt8]) throws {
        let begin = Stopwatch.nanoseconds()
        // The body may run more than once; the lock was waited for before its first run.
        var admitted: UInt64?
        try store.write { txn in
            admitted = admitted ?? Stopwatch.nanoseconds()
            try writer.put(key: key.span.bytes, record: record.span.bytes, in: txn)
        }
        let end = Stopwatch.nanoseconds()
        state.withLock { state in
            state.locks.append((admitted ?? end) - begin)
            state.puts.append(end - begin)
        }
    }
}
