// Goal: a figure that is printed is the figure that was measured. Method: small sets whose answers are known.
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

    @Test("a ratio above 1 is better than the floor, whichever way it is meant")
    func floors() {
        var figures = FloorsFigures(records: 1_000_000, workers: 2, importSeconds: 2.5, loadAverage: 0)
        figures.workerProcesses = [
            ProcessMemory.Peak(pid: 1, peakBytes: 64 << 20), ProcessMemory.Peak(pid: 2, peakBytes: 512 << 20),
        ]
        #expect(figures.floors.map(\.ratio) == [2, 0.5])
        #expect(figures.floors.map(\.measured) == [400_000, 512])
    }

    @Test("columns are as wide as their widest cell")
    func table() {
        var table = FigureTable(["what", "n"])
        table.add("a", "1,000")
        #expect(table.text == "what      n\na     1,000\n")
    }
}
