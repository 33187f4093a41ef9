// Goal: whatever the core asks for is answered, some day, with the truth; nothing that cannot be done holds up the
// rest.
// Method: errands on a real store, with obstacles that the test puts up and takes away.

import Foundation
import Glibc
import LMDB
import Runtime
import Tables
import Testing

@testable import Backfill
@testable import Coordinator
@testable import Ledger

@Suite("Errands")
struct ErrandsTests {
    /// The next mail that is none of the repeated problems.
    private func answer(_ process: CoordinatorProcess) throws -> CoordinatorProcess.Mail {
        while true {
            guard process.mailbox.bell.wait(milliseconds: 60_000) else { throw Unexpected("silence") }
            let mail = process.mailbox.takeAll().filter { if case .problem = $0 { false } else { true } }
            if let first = mail.first { return first }
        }
    }

    private func event(_ process: CoordinatorProcess) throws -> Event {
        guard case .event(let event) = try answer(process) else { throw Unexpected("no event") }
        return event
    }

    private func problem(_ process: CoordinatorProcess) throws -> String {
        while true {
            guard process.mailbox.bell.wait(milliseconds: 60_000) else { throw Unexpected("silence") }
            for case .problem(let text) in process.mailbox.takeAll() { return text }
        }
    }

    private func withErrands(_ desk: Desk, _ body: (CoordinatorProcess, Errands) throws -> Void) throws {
        let process = try desk.process()
        let office = try desk.ledger.takeOffice(Desk.incarnation(1), program: "test")
        let errands = try Errands(process, ledger: desk.ledger, epoch: office.epoch)
        defer { errands.stop() }
        try body(process, errands)
    }

    @Test("questions about keys are answered")
    func questions() throws {
        let desk = try Desk()
        try desk.put(0..<10)
        let table = try desk.table
        try withErrands(desk) { (process, errands) throws -> Void in
            errands.add(.request(.discover(job: 1, table: table, from: nil, records: 4)))
            #expect(try event(process) == .discovered(job: 1, from: nil, boundary: idKey(4), records: 4))
            let interval = KeyInterval(start: idKey(2), end: idKey(6))
            errands.add(.request(.middle(job: 1, table: table, range: 3, interval: interval)))
            #expect(try event(process) == .middle(job: 1, range: 3, cut: idKey(4)))
        }
    }

    @Test("S6, L7: a request that fails is told of and done again until it works")
    func retry() throws {
        let desk = try Desk()
        let obstacle = "\(desk.folder)/runs/0000000000000007/obstacle"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
        try withErrands(desk) { (process, errands) throws -> Void in
            errands.add(.request(.removeRuns(job: 7)))
            #expect(try problem(process).contains("obstacle"))
            #expect(try problem(process).contains("obstacle"))
            // Others are served meanwhile.
            errands.add(.request(.discover(job: 1, table: try desk.table, from: nil, records: 4)))
            #expect(try event(process) == .discovered(job: 1, from: nil, boundary: nil, records: 0))
            try FileManager.default.removeItem(atPath: obstacle)
            while FileManager.default.fileExists(atPath: "\(desk.folder)/runs/0000000000000007") { sched_yield() }
        }
    }

    @Test("L7: questions about a table that is gone are let go of, and hold up nobody")
    func droppedTable() throws {
        let desk = try Desk()
        try withErrands(desk) { (process, errands) throws -> Void in
            errands.add(.request(.discover(job: 1, table: 999, from: nil, records: 4)))
            errands.add(.request(.middle(job: 1, table: 999, range: 1, interval: .everything)))
            errands.add(.request(.discover(job: 2, table: try desk.table, from: nil, records: 4)))
            guard process.mailbox.bell.wait(milliseconds: 60_000) else { throw Unexpected("silence") }
            #expect(try event(process) == .discovered(job: 2, from: nil, boundary: nil, records: 0))
        }
        #expect(desk.log.all.isEmpty)
    }

    @Test("L7: an error of publishing that stays is told from one that may pass")
    func lastingErrors() {
        #expect(Errands.mayPass(GaplessError(.wrongState, "paused meanwhile")))
        #expect(Errands.mayPass(GaplessError(.noSpace, "disk full")))
        #expect(Errands.mayPass(GaplessError(.busy, "in use")))
        for code in [ErrorCode.incompatibleVersion, .corrupt, .defect] {
            #expect(!Errands.mayPass(GaplessError(code, "another extractor")))
        }
    }

    @Test("S2: a publishing transaction that fails answers failed, with its reason")
    func publishFails() throws {
        let desk = try Desk()
        let index = try desk.declare()
        try withErrands(desk) { (process, errands) throws -> Void in
            let identity = JobIndex(index: index.id, generation: 1, fingerprint: index.fingerprint)
            let row = JobRow(
                id: 1, table: index.tableID, indexes: [identity], openedAt: Instant(milliseconds: 1), recordsTotal: 0)
            try desk.ledger.commit([.job(row), .build(BuildRow(job: 1, index: 0))], epoch: 1)
            try desk.store.write { try desk.store.setBlocked(index, generation: 1, reason: "test", in: $0) }
            let publish = Request.publish(job: 1, table: index.tableID, index: identity, place: 0)
            errands.add(.request(publish))
            guard case .publish(job: 1, place: 0, .failed(let reason)) = try event(process) else {
                throw Unexpected("no failure")
            }
            #expect(reason.contains("blocked"))
            try desk.store.write { try desk.store.setBuilding(index, generation: 1, in: $0) }
            errands.add(.request(publish))
            guard case .publish(job: 1, place: 0, .unproved(let doubts)) = try event(process) else {
                throw Unexpected("no doubts")
            }
            #expect(doubts.contains(.noRanges))
        }
    }

    @Test("O2: an errand of a coordinator that was replaced is fenced and ends it")
    func fenced() throws {
        let desk = try Desk()
        try withErrands(desk) { (process, errands) throws -> Void in
            _ = try desk.ledger.takeOffice(Desk.incarnation(2), program: "test")
            errands.add(.request(.removeJob(job: 1)))
            guard case .failed(let reason) = try answer(process) else { throw Unexpected("no end") }
            #expect(reason.contains("epoch 2"))
        }
    }

    @Test("runs of jobs that are not open are removed; those of open ones stay")
    func leftovers() throws {
        let desk = try Desk()
        for job in 1...3 {
            let folder = "\(desk.folder)/runs/000000000000000\(job)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/r0-a1-i0.run"))
        }
        try withErrands(desk) { (process, errands) throws -> Void in
            errands.add(.removeLeftovers(keeping: [2]))
            errands.add(.request(.discover(job: 1, table: try desk.table, from: nil, records: 4)))
            _ = try event(process)
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(desk.folder)/runs")
        #expect(left == ["0000000000000002"])
    }

    @Test("O2: a coordinator that has lost its office unawares removes no runs: they may be its successor's")
    func leftoversOfSuccessor() throws {
        let desk = try Desk()
        let folder = "\(desk.folder)/runs/0000000000000001"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/r0-a1-i0.run"))
        let process = try desk.process()
        let lost = try desk.ledger.takeOffice(Desk.incarnation(1), program: "test")
        _ = try desk.ledger.takeOffice(Desk.incarnation(2), program: "test")
        let errands = try Errands(process, ledger: desk.ledger, epoch: lost.epoch)
        errands.add(.removeLeftovers(keeping: []))
        errands.stop()
        let mail = process.mailbox.takeAll()
        #expect(mail.contains { if case .failed = $0 { true } else { false } }, "it ends: \(mail)")
        #expect(FileManager.default.fileExists(atPath: "\(folder)/r0-a1-i0.run"))
    }

    @Test("stopping waits for the errand in hand and takes none after it")
    func stops() throws {
        let desk = try Desk()
        let process = try desk.process()
        let errands = try Errands(process, ledger: desk.ledger, epoch: 1)
        errands.stop()
        errands.add(.request(.discover(job: 1, table: try desk.table, from: nil, records: 4)))
        #expect(process.mailbox.takeAll().isEmpty)
    }
}
