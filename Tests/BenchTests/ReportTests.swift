// Goal: a figure that is printed is the figure that was measured. Method: small sets whose answers are known.
import FoundationEssentials
import Testing

@testable import gapless_bench

@Suite("The report")
struct ReportTests {
    @Test("percentiles are by nearest rank, in milliseconds, whatever the order")
    func percentiles() {
        let waits = Percentiles(nanoseconds: (1...200).map { UInt64($0) * 1_000_000 }.reversed())
        #expect(waits.p50 == 100 && waits.p99 == 198 && waits.longest == 200 && waits.count == 200)
        let one = Percentiles(nanoseconds: [500_000])
        #expect(one.p50 == 0.5 && one.p99 == 0.5 && one.longest == 0.5)
        #expect(Percentiles(nanoseconds: []).longest == 0)
    }

    @Test("numbers are rounded, grouped and padded")
    func figures() {
        #expect(Figure.grouped(UInt64(1_234_567)) == "1,234,567")
        #expect(Figure.grouped(-999.6) == "-1,000")
        #expect(Figure.decimal(1.005, places: 1) == "1.0")
        #expect(Figure.decimal(0.06, places: 2) == "0.06")
        #expect(Figure.decimal(1_999.999, places: 2) == "2,000.00")
        #expect(Figure.decimal(-0.5, places: 1) == "-0.5")
        #expect(Figure.decimal(.infinity, places: 1) == "-")
    }

    @Test("a ratio above 1 is better, whichever way it is meant")
    func timesBetter() {
        let rate = Measure("import", "1/s", .higher, floor: 200_000, rounds: [400_000])
        let memory = Measure("memory", "MiB", .lower, floor: 256, rounds: [512])
        #expect(rate.timesBetterThanFloor == 2 && memory.timesBetterThanFloor == 0.5)
        #expect(Measure("entries", "", .neither, floor: 1, rounds: [2]).timesBetterThanFloor == nil)
    }

    @Test("a median is the middle one, or the mean of the two in the middle")
    func medians() {
        #expect(Measure.median([]) == 0 && Measure.median([3, 1, 2]) == 2 && Measure.median([4, 1, 2, 3]) == 2.5)
    }

    private static func report(records: String = "1,000", seconds: [Double]) -> BenchReport {
        var report = BenchReport("build", settings: ["records": records], loadAverage: 0.25)
        for (place, time) in seconds.enumerated() {
            report.add("ours", time, "s", .lower, floor: 4)
            report.add("theirs", time * Double(place + 2), "s", .lower)
        }
        report.addRatio("theirs to ours", of: "theirs", to: "ours", .higher)
        report.addRatio("of nothing", of: "missing", to: "ours")
        return report
    }

    @Test("a ratio is made round by round, and of what is there only")
    func ratios() {
        let report = Self.report(seconds: [1, 2, 6])
        #expect(report["ours"]?.rounds == [1, 2, 6] && report["ours"]?.median == 2)
        #expect(report["theirs to ours"]?.rounds == [2, 3, 4])
        #expect(report["of nothing"] == nil)
    }

    @Test("the table shows medians, ends, floors, and a baseline as ratios")
    func text() {
        let report = Self.report(seconds: [1, 2])
        #expect(
            report.text(baseline: Self.report(seconds: [3])) == """
                build              median  least  most  promised  times better  baseline  times better
                ours            s    1.50      1     2         4          2.67         3          2.00
                theirs          s       4      2     6                                 6          1.50
                theirs to ours  x    2.50      2     3                                 2          1.25
                records 1,000; load average before: 0.3

                """)
    }

    @Test("a baseline of other settings or another command is named")
    func differences() {
        let (one, other) = (Self.report(seconds: [1]), Self.report(records: "5", seconds: [1]))
        #expect(one.differences(from: one).isEmpty)
        #expect(one.differences(from: other) == ["the baseline is of other settings: records was 5, is 1,000"])
        let foreign = BenchReport("size", settings: [:], loadAverage: 0)
        #expect(one.differences(from: foreign) == ["the baseline is of another command: size"])
    }

    @Test("figures come back from JSON as they were")
    func json() throws {
        let report = Self.report(seconds: [1, 2])
        let bytes = try ReportOutput.json(report)
        #expect(try JSONDecoder().decode(BenchReport.self, from: Data(bytes)) == report)
    }

    @Test("a number is found behind the words of a program, the last one")
    func numbers() {
        let said = "Run Time: real 0.5 user 1\nTime: 12.25 ms (00:01)\nRun Time: real 1.75 user 0.1\nbytes|4096\n"
        #expect(InstalledProgram.number(behind: "Run Time: real", in: said) == 1.75)
        #expect(InstalledProgram.number(behind: "Time:", in: "Time: 12.25 ms") == 12.25)
        #expect(InstalledProgram.number(behind: "bytes|", in: said) == 4_096)
        #expect(InstalledProgram.number(behind: "seconds", in: said) == nil)
    }

    @Test("a list of peers is read, a wrong name is named")
    func peers() throws {
        #expect(try PeerKind.list("postgres,lmdb-c") == [.postgres, .lmdbC])
        #expect(try PeerKind.list(nil).isEmpty)
        #expect(throws: BenchFailure.self) { try PeerKind.list("oracle") }
    }

    @Test("columns are as wide as their widest cell")
    func table() {
        var table = FigureTable(["what", "n"])
        table.add("a", "1,000")
        #expect(table.text == "what      n\na     1,000\n")
    }
}
