import LMDB
import Runs
import Values

/// The load of generated runs in this process: merge, append in durable transactions, read back, stage by stage.
struct RunLoad {
    private static let database = "index"
    /// Entry bytes in one transaction, as a worker has it.
    private static let transactionBytes = 1 << 20
    /// Entries between two looks at the bytes, as a worker has it.
    private static let entriesPerLook = 256
    /// Memory of one batch between merge and append.
    private static let batchBytes = 4 << 20

    let entries: UInt64
    let runs: UInt64
    let seed: UInt64
    let directory: String

    func run() throws -> StageTimes {
        var times = StageTimes()
        var sources: [RunSource] = []
        try times.measure("sort and write runs") {
            sources = try writeRuns()
            return entries
        }
        try times.measure("merge alone") { try merge(sources) { _ in } }
        let environment = try Environment.open(at: directory + "/db")
        _ = try environment.write { txn in try txn.createDatabase(Self.database) }
        try times.measure("merge and append") {
            try merge(sources) { batch in try append(batch, to: environment) }
        }
        try times.measure("read back") { try digest(of: environment).count }
        return times
    }

    /// Run n holds every n-th entry of a random sequence, as a range of a table holds random e-mails.
    private func writeRuns() throws -> [RunSource] {
        let folder = RunFolder(environment: directory)
        try folder.create(job: 1)
        var random = RandomSource(seed: seed)
        var entry: [UInt8] = []
        return try (0..<runs).map { range in
            var arena = EntryArena(memoryBytesMax: 4 << 30)
            for number in stride(from: range, to: entries, by: Int(runs)) {
                makeEntry(number, &random, &entry)
                guard arena.append(entry.span.bytes) else { throw BenchFailure("the entries do not fit in memory") }
            }
            arena.sort()
            let identity = RunIdentity(
                environment: [UInt8](repeating: 0, count: 16), job: 1, range: range, attempt: 1, index: 0, generation: 1
            )
            let path = folder.path(of: identity)
            var writer = try RunWriter(path: path, identity: identity) { ReportOutput.say("\($0)") }
            try writer.append(sorted: arena)
            let summary = try writer.finish(recordsSeen: UInt64(arena.count), snapshotTransactions: 1...1)
            return RunSource(path: path, summary: summary)
        }
    }

    /// As an entry of an e-mail: a string component of 24 random letters and a number as primary key.
    private func makeEntry(_ number: UInt64, _ random: inout RandomSource, _ entry: inout [UInt8]) {
        entry.removeAll(keepingCapacity: true)
        entry.append(0x50)
        for _ in 0..<2 {
            var bits = random.next()
            for _ in 0..<12 {
                entry.append(UInt8(ascii: "a") + UInt8(bits & 15))
                bits >>= 5
            }
        }
        entry += [0x00, 0x01, 0x30]
        for place in 0..<8 { entry.append(UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * place))) }
    }

    private func merge(_ sources: [RunSource], _ take: (borrowing EntryArena) throws -> Void) throws -> UInt64 {
        var merger = try RunMerger(sources, isForgetting: true)
        var batch = EntryArena(memoryBytesMax: Self.batchBytes)
        var count: UInt64 = 0
        var isMore = true
        while isMore {
            batch.removeAll()
            isMore = try merger.fill(&batch)
            count += UInt64(batch.count)
            try take(batch)
        }
        return count
    }

    private func append(_ batch: borrowing EntryArena, to environment: Environment) throws {
        var position = 0
        while position < batch.count {
            let start = position
            // The body may run more than once; the position moves only after the commit.
            position = try environment.writeAsLoader { txn in
                try txn.withWriteCursor(in: txn.database(Self.database)) { cursor in
                    var (next, bytes) = (start, 0)
                    while next < batch.count, bytes < Self.transactionBytes {
                        let end = min(next + Self.entriesPerLook, batch.count)
                        try batch.forEach(in: next..<end) { entry in
                            bytes += entry.byteCount
                            try cursor.put(entry, RawSpan(), .append)
                        }
                        next = end
                    }
                    return next
                }
            }
        }
    }

    private func digest(of environment: Environment) throws -> EntryDigest {
        try environment.read { txn in
            try txn.withCursor(in: txn.database(Self.database)) { cursor in
                var digest = EntryDigest.zero
                var isThere = try cursor.first()
                while isThere {
                    cursor.withEntry { entry, _ in digest.add(entry: entry) }
                    isThere = try cursor.next()
                }
                return digest
            }
        }
    }
}
