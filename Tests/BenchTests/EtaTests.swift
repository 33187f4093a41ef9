// Goal: what is said of predictions is what they were. Method: series whose ends are known, and one short build.
import Testing

@testable import gapless_bench

@Suite("Predictions of a build's end")
struct EtaTests {
    /// Ten looks a second over ten seconds; `eta` is what each says.
    private static func series(_ eta: (Double) -> Double?, progress: (Double) -> Double = { $0 / 10 }) -> EtaSeries {
        var series = EtaSeries()
        for look in 0..<100 {
            let seconds = Double(look) / 10
            series.add(.init(seconds: seconds, etaSeconds: eta(seconds), progress: [progress(seconds)]))
        }
        series.duration = 10
        return series
    }

    @Test("a build that always knew its end has no error anywhere")
    func exact() throws {
        let series = Self.series { 10 - $0 }
        for mark in EtaSeries.marks {
            #expect(abs(try #require(series.predictedPercent(atPercent: mark)) - 100) < 1e-9)
        }
        #expect(try #require(series.worstPercent) < 1e-9 && series.silentPercent == 0 && series.stepsBack == 0)
    }

    @Test("an error is in percent of the whole duration, at its mark; the first tenth is not held against a build")
    func errors() throws {
        let series = Self.series { seconds in
            switch seconds {
            case ..<1: 100
            case ..<5: 11 - seconds
            default: 8 - seconds
            }
        }
        #expect(series.predictedPercent(atPercent: 25).map { $0.rounded() } == 110)
        #expect(series.predictedPercent(atPercent: 75).map { $0.rounded() } == 80)
        #expect(series.worstPercent.map { $0.rounded() } == 20)
    }

    @Test("what was not predicted is told as such")
    func silence() {
        let series = Self.series { $0 < 5.5 ? nil : 10 - $0 }
        #expect(series.predictedPercent(atPercent: 25) == nil && series.predictedPercent(atPercent: 75) != nil)
        #expect(series.silentPercent == 50)
        #expect(Self.series { _ in nil }.worstPercent == nil)
        var report = BenchReport("eta", settings: [:])
        report.add(series)
        #expect(report["at 25 %: error"] == nil && report.notes.contains("at 25 % of a round nothing was predicted"))
        #expect(report["at 75 %: error"]?.floor == 15)
    }

    @Test("steps back are counted, of each index for itself")
    func backwards() {
        var series = EtaSeries()
        for progress in [[0.1, 0.1], [0.2, 0.05], [0.1, 0.2], [0.1, 0.2]] {
            series.add(.init(seconds: 0, etaSeconds: nil, progress: progress))
        }
        #expect(series.stepsBack == 2)
    }

    @Test("a paced build is looked at until it is ready")
    func run() throws {
        let report = try BenchRunTests.measure(
            EtaCommand.self, "--records", "1000", "--rounds", "1", "--workers", "1", "--pace", "2000",
            "--fields", "email,city")
        #expect(try #require(report["looks"]?.median) >= 1)
        #expect(report["progress went backwards"]?.median == 0)
    }
}
