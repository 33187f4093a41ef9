// Goal: times that workers tell in their logs are added up as they were told. Method: lines as they stand in such logs.
import Testing

@testable import gapless_bench

@Suite("Times of phases")
struct PhaseTimesTests {
    private static let log = """
        {"level":"info","logger":"worker","message":"joined the coordinator","time":"2026-01-31T00:00:00.000Z"}
        {"level":"debug","logger":"worker","message":"begins the scan of range 0","time":"2026-01-31T00:00:00Z"}
        {"level":"debug","logger":"worker","message":"was at the scan of range 0 of job 1, attempt 1, epoch 1",\
        "scan":"250000","sort":"500000","sync":"1000","time":"2026-01-31T00:00:01.000Z"}
        {"level":"debug","logger":"worker","message":"was at the scan of range 1 of job 1, attempt 1, epoch 1",\
        "newPart":"4","scan":"750000","time":"2026-01-31T00:00:02.000Z"}
        {"append":"2000000","commit":"500000","level":"debug","lock":"100","logger":"worker",\
        "message":"was at the load of index 0 of job 1, attempt 1, epoch 1","time":"2026-01-31T00:00:04.000Z",\
        "transactions":"7"}
        {"commit":"250000","level":"debug","logger":"worker","message":"was at the drain of index 0 of job 1",\
        "time":"2026-01-31T00:00:05.000Z","transactions":"2"}

        """

    @Test("parts add up by kind of work, in the order in which they come; unknown ones last")
    func parts() throws {
        var times = PhaseTimes()
        try times.add(log: Self.log)
        #expect(
            times.parts.map(PhaseTimes.title) == [
                "scan: walk records and extract", "scan: sort", "scan: fsync of runs", "scan: newPart",
                "load: wait for the write lock", "load: append, in the write lock", "load: commit, in the write lock",
                "drain: commit, in the write lock",
            ])
        #expect(times.parts.map(\.seconds) == [1, 0.5, 0.001, 4e-6, 1e-4, 2, 0.5, 0.25])
        #expect(times.transactions == 9 && times.pieces == 4)
        #expect(times.seconds(of: "append", "commit") == 2.75)
    }

    @Test("a log that says nothing of it gives nothing; logs of several workers add up")
    func several() throws {
        var times = PhaseTimes()
        try times.add(log: "")
        try times.add(log: "no JSON at all\n")
        #expect(times == PhaseTimes())
        for _ in 0..<2 { try times.add(log: Self.log) }
        #expect(times.parts.first?.seconds == 2 && times.transactions == 18)
    }
}
