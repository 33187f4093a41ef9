import CPeer
import LMDB
import Tables
import Values

/// Queries by equality on a ready index, beside a loop in C that walks the same entries and reads the same records.
struct QueryRun {
    let bench: Bench
    let options: DataOptions
    let field: FieldPath
    let queriesCount: Int

    static let speed = "speed of a query by Gapless, all in one transaction, of the loop in C"
    private static let perQuery = "a query by Gapless, all in one transaction"
    private static let perTransaction = "a query by Gapless, each in its transaction"
    private static let perLookup = "a lookup by the loop in C"

    @available(*, noasync)
    func run() throws -> BenchReport {
        var report = BenchReport(
            "query",
            settings: options.settings.merging(["field": field.text, "queries": "\(queriesCount)"]) { first, _ in first
            })
        let source = try SourceTable(options, in: bench)
        ReportOutput.say("building the index")
        let figures = try source.build([field])
        let sample = try QuerySample(field, of: options, count: queriesCount)
        let names = try databaseNames(figures)
        try CLookupFile.write(sample.prefixes(), to: bench.folder.path("prefixes"))
        for round in 1...options.rounds {
            ReportOutput.say("round \(round) of \(options.rounds)")
            let found = try ask(sample.queries(), &report)
            let inC = try lookUp(names, &report)
            guard found == inC else { throw BenchFailure("Gapless found \(found) records, the loop in C \(inC)") }
            report.add("records found", Double(found), "", .neither)
        }
        for name in [Self.perQuery, Self.perTransaction] {
            report.addRatio("\(name), to \(Self.perLookup)", of: name, to: Self.perLookup, .lower)
        }
        report.addRatio(Self.speed, of: Self.perLookup, to: Self.perQuery, .higher)
        return report
    }

    private func databaseNames(_ figures: BuildFigures) throws -> (records: String, index: String) {
        let store = try Store.open(at: bench.folder.path("db"))
        return try store.read { txn in
            let table = try store.table(SourceTable.name, in: txn)
            guard let index = try store.catalog(in: txn).indexes(of: table).first else {
                throw BenchFailure("the index is not there: a defect of the bench")
            }
            guard index.ready?.layout == .plain else {
                throw BenchFailure("the index is grouped, and the loop in C reads plain ones: choose another field")
            }
            let name = Store.indexDatabase(index: index.id, generation: index.lastGenerationNumber)
            return (Store.recordsDatabase(table: table.id), name)
        }
    }

    /// Opens the store for itself: the loop in C must have the environment alone.
    private func ask(_ queries: [Query], _ report: inout BenchReport) throws -> Int {
        let store = try Store.open(at: bench.folder.path("db"))
        var bytes = 0
        // Once before the clock runs: databases opened for the first time run a transaction again.
        try store.query(queries[0], table: SourceTable.name) { row in row.withValue { !$0.isEmpty } }
        let watch = Stopwatch()
        let found = try store.read { txn in
            try queries.reduce(0) { sum, query in
                sum + (try store.query(query, table: SourceTable.name, in: txn) { Self.read($0, &bytes) })
            }
        }
        report.add(Self.perQuery, watch.seconds * 1e6 / Double(queries.count), "us", .lower)
        let separate = Stopwatch()
        let again = try queries.reduce(0) { sum, query in
            sum + (try store.query(query, table: SourceTable.name) { Self.read($0, &bytes) })
        }
        report.add(Self.perTransaction, separate.seconds * 1e6 / Double(queries.count), "us", .lower)
        guard found == again, bytes > 0 else {
            throw BenchFailure("two times the same queries found \(found), \(again)")
        }
        return found
    }

    /// Touches every page of a record, as the loop in C does.
    private static func read(_ row: borrowing QueryRow, _ bytes: inout Int) -> Bool {
        bytes &+= row.withValue { value in
            var sum = value.byteCount
            for place in stride(from: 0, to: value.byteCount, by: 64) {
                sum &+= Int(value.unsafeLoad(fromByteOffset: place, as: UInt8.self))
            }
            return sum
        }
        return true
    }

    private func lookUp(_ names: (records: String, index: String), _ report: inout BenchReport) throws -> Int {
        let said = try bench.makeChildren().run(
            bench.ownProgram(),
            ["c-lookup", bench.folder.path("db"), names.records, names.index, bench.folder.path("prefixes")],
            named: "the loop in C")
        let numbers = said.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 3 else { throw BenchFailure("the loop in C said something else: \(said)") }
        report.add(Self.perLookup, numbers[0] * 1e6 / numbers[1], "us", .lower)
        return Int(numbers[2])
    }
}

/// Prefixes in a file: each with its length in two bytes before it.
enum CLookupFile {
    static func write(_ prefixes: [[UInt8]], to path: String) throws {
        let bytes = prefixes.flatMap { [UInt8($0.count >> 8), UInt8($0.count & 255)] + $0 }
        try ReportOutput.write(bytes, toFile: path)
    }

    /// All prefixes one after the other, and where each ends.
    static func read(_ path: String) throws -> (bytes: [UInt8], ends: [Int]) {
        let file = try FileText.bytes(of: path)
        var (bytes, ends): ([UInt8], [Int]) = ([], [])
        var place = 0
        while place + 2 <= file.count {
            let end = place + 2 + (Int(file[place]) << 8 | Int(file[place + 1]))
            guard end <= file.count else { throw BenchFailure("\(path) is cut off: a defect of the bench") }
            bytes += file[(place + 2)..<end]
            ends.append(bytes.count)
            place = end
        }
        return (bytes, ends)
    }
}
