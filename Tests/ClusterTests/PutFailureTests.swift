// Goal: a put that fails never makes an index short: a passing fault is waited out, a lasting one blocks by name.
// Method: real processes of the program with failpoints; the index is compared with the records by verify.
import Foundation
import Testing

@Suite("Put failures", .serialized, .enabled(if: Faulty.isBuilt, Faulty.howToBuild))
struct PutFailureTests {
    private static let records = 500

    @Test("S1: every tenth put of a build fails with a busy error: queries refuse, it completes, and says its retries")
    func everyTenthPut() throws {
        let cluster = try Cluster.faulty(records: Self.records)
        try cluster.expectCompleteOrRefused(7)
        let built = try cluster.failing("lmdb.put=error(busy)@every:10@in:worker") {
            try cluster.run("build", "--workers", "1")
        }
        #expect(built.code == 0, "\(built.errors)")
        #expect(built.errors.contains("failpoint lmdb.put at call 10,"))
        try cluster.expectWhole(records: Self.records)
        let retries = try cluster.retries()
        #expect(retries >= Self.records / 10)
        #expect(try cluster.run("index", "show", "people.email").output.contains("retries     \(retries):"))
        #expect(try cluster.run("status").output.contains("\(retries) retries"))
    }

    @Test("S1: a failpoint passed many thousand times costs the same each time, and no stack")
    func manyCalls() throws {
        let cluster = try Cluster.faulty(records: 60_000)
        let built = try cluster.failing("lmdb.put=error(busy)@every:40000@in:worker") {
            try cluster.run("build", "--workers", "1")
        }
        #expect(built.code == 0, "\(built.errors)")
        try cluster.expectWhole(records: 60_000)
    }

    @Test("S1: a put that fails for good blocks the index by name; queries refuse; once mended, retry completes it")
    func permanentPut() throws {
        let cluster = try Cluster.faulty(records: Self.records)
        let built = try cluster.failing("lmdb.put=error(denied)@every:10@in:worker") {
            try cluster.run("build", "--workers", "2")
        }
        #expect(built.code == 1, "\(built.errors)")
        let shown = try cluster.json("index", "show", "people.email") as? [String: Any]
        #expect(shown?["state"] as? String == "blocked")
        let errors = (shown?["blockedBy"] as? [String: Any])?["errors"] as? [String] ?? []
        #expect(errors.contains { $0.contains("Permission denied") }, "\(errors)")
        let failures = try cluster.json("index", "failures", "people.email") as? [String: Any]
        #expect(failures?["errors"] as? [String] == errors)
        let refused = try cluster.run("query", "people", "email = 'u7@x'", "--json")
        #expect(refused.code == 75 && refused.output.isEmpty && refused.errors.contains("INDEX_BLOCKED"))
        // Mended, but nobody has said so: it stays blocked.
        #expect(try cluster.run("build", "--workers", "1").code == 1)
        #expect(try cluster.run("index", "retry", "people.email").code == 0)
        #expect(try cluster.run("build", "--workers", "1").code == 0)
        try cluster.expectWhole(records: Self.records)
    }

    @Test("S1: a retry while the coordinator runs lets the blocked build go on, and scans nothing again")
    func retryUnderCoordinator() throws {
        let cluster = try Cluster.faulty(records: Self.records)
        _ = try cluster.start("coordinator")
        let failing = try cluster.failing("lmdb.put=error(denied)@in:worker") { try cluster.start("worker") }
        try cluster.until("it is blocked") { try cluster.state(of: "people.email") == "blocked" }
        failing.terminate()
        failing.waitUntilExit()
        _ = try cluster.start("worker")
        #expect(try cluster.run("index", "retry", "people.email").code == 0)
        try cluster.until("it is ready") { try cluster.state(of: "people.email") == "ready" }
        try cluster.expectWhole(records: Self.records)
        for range in try cluster.json("ranges", "people.email") as? [[String: Any]] ?? [] {
            let history = range["history"] as? [[String: Any]] ?? []
            #expect(history.filter { $0["outcome"] as? String == "scanned" }.count == 1)
        }
    }

    @Test("P2: a failure that comes late, after 30 or 300 ms, loses no record", arguments: ["30ms", "300ms"])
    func lateFailure(_ delay: String) throws {
        let cluster = try Cluster.faulty(records: 300)
        let points = ["runs.fsync", "lmdb.commit", "zmq.send"]
        let plan = points.map { point in
            "\(point)=stall(\(delay))@every:2@times:2@in:worker;"
                + "\(point)=error(\(point == "zmq.send" ? "again" : "io"))@every:2@times:2@in:worker"
        }.joined(separator: ";")
        let built = try cluster.failing(plan) { try cluster.run("build", "--workers", "1") }
        #expect(built.code == 0, "\(built.errors)")
        for point in points { #expect(built.errors.contains("failpoint \(point) at call 2")) }
        try cluster.expectWhole(records: 300)
    }

    @Test("S4: a worker killed between failing and reporting leaves nothing undone")
    func killedBeforeReport() throws {
        let cluster = try Cluster.faulty(records: 300)
        let marks = cluster.directory
        let plan =
            "scan.end=error(denied)@once:\(marks)/a;worker.failure.after=abort@once:\(marks)/b;"
            + "load.append=error(denied)@once:\(marks)/c;worker.failure.after=abort@once:\(marks)/d"
        let built = try cluster.failing(plan) { try cluster.run("build", "--workers", "1") }
        #expect(built.code == 0, "\(built.errors)")
        for mark in ["a", "b", "c", "d"] { #expect(FileManager.default.fileExists(atPath: "\(marks)/\(mark)")) }
        try cluster.expectWhole(records: 300)
    }

    @Test("L7, S6: a worker whose store is spoilt ends; the next one finds it whole, and nothing is blocked")
    func spoiltStore() throws {
        let cluster = try Cluster.faulty(records: Self.records)
        _ = try cluster.start("coordinator")
        let spoilt = try cluster.failing("lmdb.begin=error(panic)@in:worker") { try cluster.start("worker") }
        try cluster.until("it has ended") { !spoilt.isRunning }
        #expect(spoilt.terminationReason == .exit && spoilt.terminationStatus == 74)
        #expect(try cluster.state(of: "people.email") == "building")
        _ = try cluster.start("worker")
        try cluster.until("it is ready") { try cluster.state(of: "people.email") == "ready" }
        try cluster.expectWhole(records: Self.records)
    }

    @Test("S5: no space and no memory, at every write for a while, are waited out and taken for no end")
    func noSpace() throws {
        let cluster = try Cluster.faulty(records: 300)
        let plan =
            "runs.write=error(nospace)@times:2@in:worker;lmdb.commit=error(nospace)@times:3@in:worker;"
            + "lmdb.put=error(nomem)@times:2@in:worker;lmdb.begin=error(nomem)@after:3@times:2@in:coordinator;"
            + "ledger.commit=error(nospace)@times:2@in:coordinator"
        let built = try cluster.failing(plan) { try cluster.run("build", "--workers", "2") }
        #expect(built.code == 0, "\(built.errors)")
        for point in ["runs.write", "lmdb.commit", "lmdb.put", "lmdb.begin", "ledger.commit"] {
            #expect(built.errors.contains("failpoint \(point) at call"))
        }
        try cluster.expectWhole(records: 300)
    }
}
