// Goal: what people see of a running coordinator is whole, current and only moves forward. Method: statuses written
// from
// cores in chosen states, read back as the commands read them.

import Foundation
import Runtime
import Tables
import TestSupport
import Testing
import Values

@testable import Backfill
@testable import Coordinator
@testable import Ledger

@Suite("Live status")
struct StatusTests {
    private func office(_ desk: Desk) throws -> OfficeRow {
        try desk.ledger.takeOffice(Desk.incarnation(1), program: "test")
    }

    /// A core with one job of so many ranges, of which so many are scanned with so many records each.
    private func core(scanned: Int, of count: Int, records: UInt64, total: UInt64, stage: BuildRow.Stage = .waiting)
        -> Coordinator
    {
        let index = JobIndex(index: 1, generation: 1, fingerprint: "f")
        var row = JobRow(id: 1, table: 1, indexes: [index], openedAt: Instant(milliseconds: 1), recordsTotal: total)
        row.isDiscovered = true
        let ranges = (0..<count).map { place in
            var range = RangeRow(job: 1, id: RangeID(place), interval: .everything, records: records)
            if place < scanned {
                range.state = .scanned
                let digest = EntryDigest(count: records, low: 0, high: 0)
                range.runs = [RunSummary(file: "", bytes: 0, digest: digest, checksum: 0)]
            }
            return range
        }
        var build = BuildRow(job: 1, index: 0)
        build.stage = stage
        return Coordinator(
            epoch: 1, environment: Nonce(high: 0, low: 1), program: "test", extractorVersion: 1,
            jobs: [JobImage(row: row, ranges: ranges, builds: [build])], nextJob: 2, seed: 1,
            now: Instant(milliseconds: 0))
    }

    private func status(_ desk: Desk) throws -> LiveStatus {
        guard let status = try LiveStatus.read(of: desk.store) else { throw Unexpected("no status") }
        return status
    }

    @Test("a status of a later format is refused, and the message says both numbers")
    func laterFormat() throws {
        let desk = try Desk()
        let lock = try FileLock.take("\(desk.folder)/coordinator.lock")
        // What else a later program writes does not matter.
        try Data(#"{"format":2,"who":"knows"}"#.utf8).write(to: URL(filePath: "\(desk.folder)/coordinator.json"))
        let error = #expect(throws: GaplessError.self) { try LiveStatus.read(of: desk.store) }
        #expect(error?.code == .incompatibleVersion)
        #expect(error?.message.contains("format 2") == true && error?.message.contains("up to 1") == true)
        withExtendedLifetime(lock) {}
    }

    @Test("a status is read as it was written while the lock is held, and not at all without a coordinator")
    func readWrite() throws {
        let desk = try Desk()
        let office = try office(desk)
        let board = StatusBoard(try desk.process(), office: office, endpoint: "ipc://x")
        board.update(
            core(scanned: 1, of: 2, records: 10, total: 20), problem: "a problem", at: Instant(milliseconds: 0))
        #expect(try LiveStatus.read(of: desk.store) == nil)
        let lock = try FileLock.take("\(desk.folder)/coordinator.lock")
        let read = try status(desk)
        #expect(read.epoch == office.epoch)
        #expect(read.endpoint == "ipc://x")
        #expect(read.lastProblem == "a problem")
        #expect(read.builds.map(\.ranges) == [[1, 0, 1, 0]])
        #expect(read.builds.map(\.progress.recordsScanned) == [10])
        LiveStatus.remove(in: desk.folder)
        #expect(try LiveStatus.read(of: desk.store) == nil)
        try Data("{".utf8).write(to: URL(fileURLWithPath: "\(desk.folder)/coordinator.json"))
        #expect(throws: GaplessError.self) { try LiveStatus.read(of: desk.store) }
        withExtendedLifetime(lock) {}
    }

    @Test("readers see one whole status or another, never a part, while it is replaced")
    func atomic() throws {
        let desk = try Desk()
        let lock = try FileLock.take("\(desk.folder)/coordinator.lock")
        let board = StatusBoard(try desk.process(), office: try office(desk), endpoint: "ipc://x")
        board.update(core(scanned: 0, of: 1, records: 1, total: 1), problem: nil, at: Instant(milliseconds: 0))
        let template = try status(desk)
        let folder = desk.folder
        let writer = Background {
            for length in 0..<300 {
                var status = template
                status.lastProblem = String(repeating: "x", count: length * 100)
                try status.write(in: folder)
            }
        }
        for _ in 0..<300 { #expect(try status(desk).endpoint == "ipc://x") }
        try writer.result()
        #expect(try status(desk).lastProblem?.count == 29_900)
        withExtendedLifetime(lock) {}
    }

    @Test("L8: the progress that is shown only moves forward, and is never whole before the index is published")
    func monotonic() throws {
        let desk = try Desk()
        let lock = try FileLock.take("\(desk.folder)/coordinator.lock")
        let board = StatusBoard(try desk.process(), office: try office(desk), endpoint: "ipc://x")
        // More and more scanned, a setback (a range is scanned again), a table that grew, and the end.
        let cores = [
            core(scanned: 0, of: 10, records: 10, total: 100), core(scanned: 5, of: 10, records: 10, total: 100),
            core(scanned: 4, of: 10, records: 10, total: 100), core(scanned: 5, of: 10, records: 10, total: 1_000),
            core(scanned: 10, of: 10, records: 10, total: 100),
            core(scanned: 10, of: 10, records: 10, total: 100, stage: .drained),
        ]
        var shown: [Double] = []
        for (place, core) in cores.enumerated() {
            board.update(core, problem: nil, at: Instant(milliseconds: Int64(place) * 300))
            shown.append(try status(desk).builds[0].progress.progress)
        }
        #expect(shown == shown.sorted())
        #expect(shown[0] == 0 && shown[1] > 0.2)
        #expect(shown.allSatisfy { $0 < 1 })
        withExtendedLifetime(lock) {}
    }

    @Test("it is written a few times a second, not with every batch")
    func interval() throws {
        let desk = try Desk()
        let lock = try FileLock.take("\(desk.folder)/coordinator.lock")
        let board = StatusBoard(try desk.process(), office: try office(desk), endpoint: "ipc://x")
        let core = core(scanned: 0, of: 1, records: 1, total: 1)
        for (moment, wanted) in [(0, 0), (249, 0), (250, 250), (499, 250), (500, 500)] as [(Int64, Int64)] {
            board.update(core, problem: nil, at: Instant(milliseconds: moment))
            #expect(try status(desk).at == Instant(milliseconds: wanted))
        }
        withExtendedLifetime(lock) {}
    }
}
