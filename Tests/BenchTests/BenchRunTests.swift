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
}
