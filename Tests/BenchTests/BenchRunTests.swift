// Goal: what the bench counts is what was there. Method: a whole run on a thousand records with the programs beside
// these tests; counters are compared, times are not.
import ArgumentParser
import Glibc
import Testing

@testable import gapless_bench

@Suite("A run of the bench", .serialized)
struct BenchRunTests {
    /// The folder of the programs: that of the tests.
    static func products() throws -> String {
        try Program.pathOfThisProgram().split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }

    /// Runs a command as from the command line, in a bench that is gone afterwards.
    static func measure<C: BenchCommand>(_ command: C.Type, _ arguments: String...) throws -> BenchReport {
        let bench = try Bench(products: products())
        let result = Result { try C.parse(arguments).measure(in: bench) }
        try bench.end()
        #expect(access(bench.folder.path, F_OK) != 0)
        return try result.get()
    }

    @Test("a build by Gapless and by loops in C: every record gives an entry, of the same size but for its head")
    func build() throws {
        let report = try Self.measure(
            BuildCommand.self, "--records", "1000", "--rounds", "2", "--workers", "1", "--peers", "lmdb-c")
        #expect(report["gapless, email: entries"]?.rounds == [1_000, 1_000])
        #expect(report["gapless, email: ranges"]?.median == 1)
        #expect(report["gapless, email: retries"]?.median == 0)
        let size = try #require(report["gapless, email: index"]?.median)
        let appended = try #require(report["C: scan, sort, append, email: index"]?.median)
        let put = try #require(report["C: record by record, email: index"]?.median)
        #expect(0.03...0.1 ~= size && 0.9...1.1 ~= size / appended && put >= appended)
        #expect(try #require(report["gapless, email: write transactions"]?.median) >= 3)
        #expect(try #require(report["gapless, email: written to disk"]?.median) > 0)
        #expect(try #require(report["C: record by record, email: its time to that of gapless"]?.rounds.count) == 2)
    }

    @Test(
        "loops in C make as many entries as Gapless of numbers, arrays, long and tiny keys", arguments: DataSet.allCases
    )
    func peers(_ data: DataSet) throws {
        let fields = data == .people ? "created_at,city,tags" : data.field
        let records = data == .hugeRecords ? "20" : "300"
        let report = try Self.measure(
            BuildCommand.self, "--data", data.rawValue, "--records", records, "--rounds", "1", "--workers", "1",
            "--peers", "lmdb-c-append", "--fields", fields)
        for field in fields.split(separator: ",") {
            #expect(try #require(report["gapless, \(field): entries"]?.median) >= 20)
            #expect(report["C: scan, sort, append, \(field)"] != nil)
        }
    }

    @Test("the loop in C++ imports every record, into a database of about the same size", arguments: DataSet.allCases)
    func imports(_ data: DataSet) throws {
        let records = data == .hugeRecords ? "20" : "3000"
        let report = try Self.measure(
            ImportCommand.self, "--data", data.rawValue, "--records", records, "--rounds", "1", "--peers", "simdjson-c")
        let ours = try #require(report["database"]?.median)
        let theirs = try #require(report["C++: simdjson, append: database"]?.median)
        // Gapless has a catalog beside the records.
        #expect(theirs <= ours && ours < theirs + 0.3, "ours \(ours) MiB, theirs \(theirs) MiB")
        #expect(report["C++: simdjson, append: its time to that of gapless"]?.rounds.count == 1)
    }

    @Test("phases: workers tell their parts, and every kind of work comes")
    func phases() throws {
        let report = try Self.measure(PhasesCommand.self, "--records", "1000", "--rounds", "1", "--workers", "1")
        for part in ["scan: walk records and extract", "scan: sort", "load: append, in the write lock"] {
            #expect(report[part] != nil, "\(part) is not there: \(report.measures.map(\.name))")
        }
        #expect(try #require(report["write transactions of loader and drain"]?.median) >= 1)
    }

    @Test("cold: the file leaves the cache, and a build reads it from the disk")
    func cold() throws {
        let report = try Self.measure(ColdCommand.self, "--records", "20000", "--rounds", "1", "--workers", "1")
        #expect(try #require(report["share of the file that stayed in the cache"]?.median) < 100)
        #expect(try #require(report["plain reading of the file from the disk: speed"]?.median) > 0)
        #expect(report["build from the disk: entries"]?.median == 20_000)
    }

    @Test("a query finds as many records as the loop in C")
    func query() throws {
        let report = try Self.measure(
            QueryCommand.self, "--records", "1000", "--rounds", "1", "--workers", "1", "--queries", "200")
        #expect(report["records found"]?.median == 200)
    }

    @Test("the size of an index is near that of its copy by mdb_load")
    func size() throws {
        let report = try Self.measure(
            SizeCommand.self, "--records", "1000", "--rounds", "1", "--workers", "1", "--fields", "email,city")
        for name in ["email", "city"] {
            #expect(0.8...1.2 ~= (try #require(report["\(name): index to copy"]?.median)))
        }
    }

    @Test("a small table's index becomes ready again and again")
    func latency() throws {
        let report = try Self.measure(
            LatencyCommand.self, "--records", "1000", "--rounds", "3", "--workers", "1")
        #expect(report["declared to ready"]?.rounds.count == 3)
    }

    @Test("the core hands every range out and takes every result")
    func coordinator() throws {
        let report = try Self.measure(
            CoordinatorCommand.self, "--workers", "20", "--ranges", "300", "--batch", "7", "--seconds", "60")
        #expect(report["ranges scanned"]?.median == 300)
        // A lease and a result of each, and the lease of the load in the end.
        #expect(try #require(report["rows to store of a range"]?.median) == 601.0 / 300)
        #expect(report.notes.isEmpty)
    }

    @Test("a peer that is not installed is named with its package")
    func missing() {
        let missing = PeerMissing(peer: "SQLite", program: "sqlite3", package: "sqlite3")
        #expect("\(missing)".contains("install the Debian package sqlite3") && PeerMissing.exitCode == 69)
        #expect(throws: PeerMissing.self) {
            try InstalledProgram.path("no-such-program", of: "nobody", package: "nothing")
        }
    }
}
