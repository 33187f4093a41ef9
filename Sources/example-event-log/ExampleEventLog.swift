// A log that goes on being written while an index over it is built: it asks, is refused, writes on, waits for the index
// without stopping, asks again, and compares the answer with what it wrote.
//
//     example-event-log DIR &
//     gapless build --db DIR
import GaplessKit
import Glibc

struct Event: Codable, Sendable {
    var number: Int
    var level: String
    var text: String
}

@main
enum ExampleEventLog {
    static let events = Table<Event>("events", key: "number")
    static let perTransaction = 100
    static let buildMax = Duration.seconds(120)

    static func main() async {
        do {
            guard CommandLine.arguments.count == 2 else { fail("usage: example-event-log DIR", code: EX_USAGE) }
            try await run(CommandLine.arguments[1])
        } catch {
            fail("example-event-log: \(error)", code: EX_SOFTWARE)
        }
    }

    static func fail(_ message: String, code: Int32) -> Never {
        let bytes = Array("\(message)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
        exit(code)
    }

    static func run(_ directory: String) async throws {
        let database = try await Database.open(directory)
        try await database.write { txn in
            try txn.create(events)
            try txn.declareIndex(on: events, "level")
        }
        var written = try await database.read { txn in try txn.count(events) }
        try await append(to: database, &written)
        do {
            print("\(try await errors(in: database)) errors at once: the index was ready already")
        } catch let error as DatabaseError where error.isRetryable {
            // Not an answer of half the errors: a refusal, with the time after which to ask again.
            print("refused: \(error.code.rawValue), to be tried again in \(error.retryAfter ?? .seconds(1))")
        }
        fflush(nil)
        // The index is waited for beside the writing.
        let waiting = Task { try await database.waitForIndex("events.level", timeout: buildMax) }
        var isReady = false
        while !isReady {
            try await append(to: database, &written)
            isReady = try await database.read { txn in try txn.index("events.level") }.state != .building
        }
        try await waiting.value
        let found = try await errors(in: database)
        print("\(written) events written, \(found) errors found by the index, \(written / 10) expected")
        if found != written / 10 { exit(EX_SOFTWARE) }
    }

    /// One transaction of events; every tenth is an error.
    static func append(to database: Database, _ written: inout Int) async throws {
        let first = written
        try await database.write { txn in
            for number in (first + 1)...(first + perTransaction) {
                let level = number.isMultiple(of: 10) ? "error" : "info"
                try txn.put(Event(number: number, level: level, text: "event \(number)"), into: events)
            }
        }
        written += perTransaction
    }

    static func errors(in database: Database) async throws -> Int {
        try await database.read { txn in try txn.query(events, where: "level = 'error'").count }
    }
}
