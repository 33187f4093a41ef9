// Goal: a disk that is full at any step of a build gives a typed failure and never a report, a mark or readiness; with
// room again the same step goes on, and the index is whole. Method: a child process whose file size limit is lowered
// around one step at a time, to every size at which that step's writes fail.

import Foundation
import Glibc
import LMDB
import Tables
import Testing
import Values

@testable import Backfill
@testable import Ledger
@testable import Runs
@testable import Worker

@Suite("No space")
struct NoSpaceTests {
    @Test("S2, S5, P3, P6: an error at each write of each step of a build is typed, and nothing runs ahead of it")
    func everyStep() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            signal(SIGXFSZ, SIG_IGN)
            for limitBytes in [0, 4_096, 8_192, 16_384, 65_536] {
                do { try Ordeal(limitBytes: limitBytes).run() } catch {
                    let line = Array("limit \(limitBytes): \(error)\n".utf8)
                    _ = write(2, line, line.count)
                    exit(1)
                }
            }
        }
        if let text = result?.standardErrorContent, !text.isEmpty {
            print(String(decoding: text, as: UTF8.self))
        }
    }

    @Test("S5: errors are told apart: what may pass, what needs room, what will stay")
    func kinds() throws {
        let lmdb = { (code: LMDBError.Code) in LMDBError(code: code, call: "mdb_put", context: "testing") }
        for number in [ENOSPC, EDQUOT, EFBIG] { #expect(FailureKind(lmdb(.system(number))) == .noSpace) }
        for number in [EAGAIN, EBUSY, EIO, ENOMEM] { #expect(FailureKind(lmdb(.system(number))) == .transient) }
        for code in [LMDBError.Code.readersFull, .mapFull, .transactionFull] {
            #expect(FailureKind(lmdb(code)) == .transient)
        }
        for code in [LMDBError.Code.corrupted, .keyExists, .pageNotFound, .badTransaction, .system(EACCES)] {
            #expect(FailureKind(lmdb(code)) == .permanent)
        }
        #expect(FailureKind(GaplessError(.noSpace, "")) == .noSpace)
        #expect(FailureKind(GaplessError(.busy, "")) == .transient)
        #expect(FailureKind(GaplessError(.corrupt, "")) == .permanent)
        #expect(FailureKind(RunError(path: "p", call: "write", errno: ENOSPC)) == .noSpace)
        #expect(FailureKind(RunError(path: "p", call: "write", errno: EIO)) == .transient)
        #expect(FailureKind(RunError(.corrupt, path: "p", call: "", reason: "")) == .permanent)
        #expect(FailureKind(Fenced.lease(Lease(job: 1, item: .load(index: 0), attempt: 1, epoch: 1))) == .permanent)
        #expect(FailureKind(Abandoned()) == .permanent)
        // A commit on a disk that has room failed for another reason.
        let commit = LMDBError(code: .system(EIO), call: "mdb_txn_commit", context: "")
        #expect(FailureKind(commit, in: "/tmp") == .transient)
    }

    @Test("L1: a step that fails now and then is repeated, and counted; one that always fails is given back in the end")
    func retrying() throws {
        let control = try WorkControl()
        let busy = LMDBError(code: .system(EBUSY), call: "mdb_put", context: "testing")
        var calls = 0
        let value = try Retrying(control: control).run { () throws -> Int in
            calls += 1
            if calls < 4 { throw busy }
            return 7
        }
        #expect(value == 7 && calls == 4)
        #expect(control.progress.retries == 3)
        control.give(.cut)  // No pauses from here on.
        calls = 0
        #expect(throws: busy) {
            try Retrying(control: control).run {
                calls += 1
                throw busy
            }
        }
        #expect(calls == Retrying.triesMax)
        calls = 0
        let fenced = Fenced.lease(Lease(job: 1, item: .load(index: 0), attempt: 1, epoch: 1))
        #expect(throws: fenced) {
            try Retrying(control: control).run {
                calls += 1
                throw fenced
            }
        }
        #expect(calls == 1, "a fence is never tried again")
        control.give(.abandon)
        #expect(throws: Abandoned.self) { try Retrying(control: control).run { throw busy } }
    }
}

/// A build in which every step is tried on a full disk first.
private struct Ordeal {
    let site: Site
    let limitBytes: Int

    init(limitBytes: Int) throws {
        self.limitBytes = limitBytes
        // Emails of half a hundred bytes: the run has some hundred kilobytes.
        site = try Site((0..<3_000).map { person($0, email: email($0) + String(repeating: "y", count: 50)) })
    }

    func run() throws {
        let grant = try failing("lease", unless: { !site.ranges.isEmpty }, { try site.lease() })
        let result = try failing("scan", unless: runsExist) { try site.scan(grant) }
        try failing("settle", unless: { site.ranges[0].state == .scanned }, { try site.settle(result) })
        let load = try site.loadGrant()
        let loaded = try failing("load", unless: { try site.entries().count == 3_000 }, { try site.load(load) })
        var build = site.builds[0]
        build.stage = .loaded
        build.digest = loaded.digest
        try failing("loaded", unless: { try stored().digest != nil }, { [build] in try site.set(build) })
        try site.put(people(3_000..<3_000 + DrainWork.enough + 10))
        let drain = try site.drainGrant()
        let delta = try site.deltaCount()
        _ = try failing("drain", unless: { try site.deltaCount() != delta }, { try site.drain(drain) })
        build = site.builds[0]
        build.stage = .drained
        try failing("drained", unless: { try stored().stage == .drained }, { [build] in try site.set(build) })
        let outcome = try failing("publish", unless: { try site.index().ready != nil }, { try site.publish() })
        let count = 3_000 + DrainWork.enough + 10
        guard outcome == .published(entries: UInt64(count)), try site.entries().count == count else {
            throw Unexpected(outcome)
        }
        guard try site.index().ready != nil, try site.deltaCount() == 0 else { throw Unexpected("not ready") }
    }

    private func stored() throws -> BuildRow {
        guard let build = try site.ledger.images()[0].builds.first else { throw Unexpected("no build") }
        return build
    }

    private func runsExist() throws -> Bool {
        try !RunFolder(environment: site.folder.path).runs(job: 1).isEmpty
    }

    /// Does a step on a full disk, where it must fail with a known kind and leave no mark, and then with room again.
    ///
    /// A step that needs less than the limit may succeed: LMDB uses free pages at the front of its file again.
    private func failing<R>(
        _ name: String, unless isDone: () throws -> Bool, _ step: () throws -> R
    ) throws -> R {
        try limit(limitBytes)
        let outcome = Result { try step() }
        try limit(nil)
        switch outcome {
        case .success(let value):
            guard limitBytes > 0 else { throw Unexpected("\(name) succeeded without room: \(value)") }
            return value
        case .failure(let error):
            guard [.noSpace, .transient].contains(FailureKind(error)) else { throw error }
            guard try !isDone() else { throw Unexpected("\(name) left its mark although it failed: \(error)") }
            guard try site.index().ready == nil else { throw Unexpected("ready after \(name)") }
        }
        return try step()
    }

    private func limit(_ bytes: Int?) throws {
        var limit = rlimit(rlim_cur: bytes.map { rlim_t($0) } ?? rlim_t.max, rlim_max: rlim_t.max)
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else {
            throw Unexpected("setrlimit: \(errno)")
        }
    }
}
