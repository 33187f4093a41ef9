// Goal: builds by real processes survive what happens to processes, and queries never answer short meanwhile.
// Method: small ranges, so that signals fall between and into them; the index is compared with the records by verify.

import Foundation
import Testing

@Suite("Builds by real processes", .serialized)
struct RealBuildTests {
    private static let records = 20_000

    /// A table with records and a declared index; ranges of 500 records.
    private func prepared(_ records: Int = RealBuildTests.records, fields: String = "email") throws -> Cluster {
        let cluster = try Cluster()
        #expect(try cluster.run("table", "create", "people", "--key", "id").code == 0)
        let imported = try cluster.run("import", "people", "-", input: Cluster.people(0..<records))
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(try cluster.run("index", "create", "people", fields).code == 0)
        return cluster
    }

    private func startCoordinator(_ cluster: Cluster) throws -> Process {
        try cluster.start("coordinator", "--records-per-range", "500")
    }

    private func expectComplete(_ cluster: Cluster, records: Int = RealBuildTests.records) throws {
        try cluster.until("people.email is ready") { try cluster.state(of: "people.email") == "ready" }
        let check = try cluster.run("verify", "people")
        #expect(check.code == 0, "\(check.output)\(check.errors)")
        let shown = try cluster.json("index", "show", "people.email") as? [String: Any]
        #expect(shown?["entries"] as? Int == records)
    }

    private func ranges(_ cluster: Cluster) throws -> [[String: Any]] {
        try cluster.json("ranges", "people.email") as? [[String: Any]] ?? []
    }

    @Test("workers may start before the coordinator; the index becomes ready, and says who scanned what")
    func workersFirst() throws {
        let cluster = try prepared()
        let workers = try (0..<2).map { _ in try cluster.start("worker") }
        _ = try startCoordinator(cluster)
        try expectComplete(cluster)
        let ranges = try ranges(cluster)
        // Of about 500 records: where a table has many leaves, they are counted and not the records.
        #expect((36...46).contains(ranges.count), "\(ranges.count)")
        #expect(ranges.first?["start"] is NSNull && ranges.last?["end"] is NSNull)
        let pids = Set(ranges.compactMap { ($0["worker"] as? [String: Any])?["pid"] as? Int })
        #expect(pids.isSubset(of: Set(workers.map { Int($0.processIdentifier) })))
    }

    @Test("R3, R1: a query is refused with a typed, retryable error until the index is ready, by every command")
    func refusal() throws {
        let cluster = try prepared(100)
        let refused = try cluster.run("query", "people", "email = 'u7@x'", "--json")
        #expect(refused.code == 75)
        #expect(refused.output.isEmpty)
        let envelope = try JSONSerialization.jsonObject(with: Data(refused.errors.utf8)) as? [String: Any]
        let error = envelope?["error"] as? [String: Any]
        #expect(error?["code"] as? String == "INDEX_NOT_READY")
        #expect(error?["retryable"] as? Bool == true)
        #expect(error?["index"] as? String == "people.email")
        #expect(error?["state"] as? String == "building")
        #expect(error?["progress"] is Double)
        #expect(try cluster.run("build", "--workers", "1").code == 0)
        let answered = try cluster.run("query", "people", "email = 'u7@x'")
        #expect(answered.code == 0)
        #expect(answered.output.hasPrefix(#"{"id":7,"#))
    }

    @Test("S4: workers killed again and again leave nothing undone, and nothing durable is done again")
    func killedWorkers() throws {
        let cluster = try prepared()
        _ = try startCoordinator(cluster)
        for _ in 0..<4 {
            let worker = try cluster.start("worker")
            let before = try ranges(cluster).filter { $0["state"] as? String == "scanned" }.count
            try cluster.until("some ranges are scanned") {
                let scanned = try ranges(cluster).filter { $0["state"] as? String == "scanned" }.count
                return try scanned > before || cluster.state(of: "people.email") == "ready"
            }
            kill(worker.processIdentifier, SIGKILL)
            worker.waitUntilExit()
        }
        _ = try cluster.start("worker")
        try expectComplete(cluster)
        try expectNothingRedone(cluster)
    }

    /// No range was scanned under two attempts.
    private func expectNothingRedone(_ cluster: Cluster) throws {
        for range in try ranges(cluster) {
            let history = range["history"] as? [[String: Any]] ?? []
            #expect(history.filter { $0["outcome"] as? String == "scanned" }.count == 1)
        }
    }

    @Test("P5: a coordinator killed with SIGKILL is followed by one that scans nothing again")
    func killedCoordinator() throws {
        let cluster = try prepared()
        let workers = try (0..<2).map { _ in try cluster.start("worker") }
        for round in 1...3 {
            let coordinator = try startCoordinator(cluster)
            try cluster.until("some ranges are scanned") {
                let scanned = try ranges(cluster).filter { $0["state"] as? String == "scanned" }.count
                return try scanned >= round * 3 || cluster.state(of: "people.email") == "ready"
            }
            kill(coordinator.processIdentifier, SIGKILL)
            coordinator.waitUntilExit()
        }
        _ = try startCoordinator(cluster)
        try expectComplete(cluster)
        try expectNothingRedone(cluster)
        for worker in workers { #expect(worker.isRunning) }
    }

    @Test("a rolling restart: SIGTERM lets each worker hand over what is durable and leave with exit code 0")
    func rollingRestart() throws {
        let cluster = try prepared()
        _ = try startCoordinator(cluster)
        var workers = try (0..<2).map { _ in try cluster.start("worker") }
        for place in workers.indices {
            workers[place].terminate()
            workers[place].waitUntilExit()
            #expect(workers[place].terminationStatus == 0)
            #expect(workers[place].terminationReason == .exit)
            workers[place] = try cluster.start("worker")
        }
        try expectComplete(cluster)
        try expectNothingRedone(cluster)
        for range in try ranges(cluster) {
            let outcomes = (range["history"] as? [[String: Any]] ?? []).compactMap { $0["outcome"] as? String }
            #expect(outcomes.allSatisfy { $0 == "scanned" || $0 == "released" }, "\(outcomes)")
        }
    }

    @Test("O2: a worker that is stopped, replaced and woken changes nothing")
    func stoppedWorker() throws {
        let cluster = try prepared()
        _ = try startCoordinator(cluster)
        let sleeper = try cluster.start("worker")
        try cluster.until("it works") { try !ranges(cluster).isEmpty }
        kill(sleeper.processIdentifier, SIGSTOP)
        _ = try cluster.start("worker")
        try expectComplete(cluster)
        kill(sleeper.processIdentifier, SIGCONT)
        sleeper.terminate()
        sleeper.waitUntilExit()
        let check = try cluster.run("verify", "people")
        #expect(check.code == 0, "\(check.output)")
    }

    @Test("W1, W2, W4: of 200 rows, rewritten and deleted during the build, each stands under its last value only")
    func writesDuringBuild() throws {
        let cluster = try prepared(5_000)
        _ = try startCoordinator(cluster)
        _ = try cluster.start("worker")
        for id in 0..<100 {
            let put = try cluster.run("put", "people", #"{"id":\#(id * 50),"email":"new\#(id)@x"}"#)
            #expect(put.code == 0, "\(put.errors)")
            if id % 10 == 0 { #expect(try cluster.run("delete", "people", "\(id * 50 + 1)").code == 0) }
        }
        try expectComplete(cluster, records: 4_990)
        for id in stride(from: 0, to: 100, by: 9) {
            #expect(try cluster.run("query", "people", "email = 'new\(id)@x'").output.split(separator: "\n").count == 1)
            #expect(try cluster.run("query", "people", "email = 'u\(id * 50)@x'").output.isEmpty)
        }
        #expect(try cluster.run("query", "people", "email = 'u501@x'").output.isEmpty)
    }

    @Test("a record that cannot be indexed blocks the index by name; rewriting it heals the index without a command")
    func badRecord() throws {
        let cluster = try Cluster()
        #expect(try cluster.run("table", "create", "t", "--key", "id").code == 0)
        let many = (0..<40).map { "\($0)" }.joined(separator: ",")
        let lines = #"{"id":1,"a":1,"b":1}"# + "\n" + #"{"id":2,"a":[\#(many)],"b":[\#(many)]}"# + "\n"
        #expect(try cluster.run("import", "t", "-", input: lines).code == 0)
        #expect(try cluster.run("index", "create", "t", "a,b").code == 0)
        #expect(try cluster.run("index", "create", "t", "a").code == 0)
        let built = try cluster.run("build", "--workers", "1")
        #expect(built.code == 1)
        #expect(try cluster.state(of: "t.a") == "ready")
        #expect(try cluster.state(of: "t.a_b") == "blocked")
        let shown = try cluster.json("index", "show", "t.a_b") as? [String: Any]
        let blockedBy = shown?["blockedBy"] as? [String: Any]
        #expect(blockedBy?["badRecords"] as? Int == 1)
        let named = (blockedBy?["records"] as? [[String: Any]])?.first
        #expect(named?["record"] as? String == "2")
        let refused = try cluster.run("query", "t", "a = 1 AND b = 1", "--json")
        #expect(refused.code == 0 || refused.errors.contains("INDEX_BLOCKED"))
        _ = try startCoordinator(cluster)
        _ = try cluster.start("worker")
        #expect(try cluster.run("put", "t", #"{"id":2,"a":[1,2],"b":3}"#).code == 0)
        try cluster.until("t.a_b is ready") { try cluster.state(of: "t.a_b") == "ready" }
        #expect(try cluster.run("verify", "t").code == 0)
    }

    @Test("a second coordinator is refused with COORDINATOR_RUNNING; a standby takes over when the first is killed")
    func twoCoordinators() throws {
        let cluster = try prepared(100)
        let first = try startCoordinator(cluster)
        try cluster.until("the first is in office") {
            let status = try cluster.json("status") as? [String: Any]
            return (status?["coordinator"] as? [String: Any])?["running"] as? Bool == true
        }
        let second = try cluster.run("coordinator", "--json")
        #expect(second.code == 75)
        #expect(second.errors.contains("COORDINATOR_RUNNING"))
        _ = try cluster.start("coordinator", "--standby")
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        _ = try cluster.start("worker")
        try expectComplete(cluster, records: 100)
    }

    @Test("E5: an index dropped during its build is gone, and can be declared again")
    func dropDuringBuild() throws {
        let cluster = try prepared()
        _ = try startCoordinator(cluster)
        _ = try cluster.start("worker")
        try cluster.until("it works") { try !ranges(cluster).isEmpty }
        #expect(try cluster.run("index", "drop", "people.email").code == 0)
        #expect(try cluster.run("index", "show", "people.email").code == 66)
        #expect(try cluster.run("index", "create", "people", "email").code == 0)
        try expectComplete(cluster)
    }

    @Test("several indexes of one table are built in one scan")
    func severalIndexes() throws {
        let cluster = try prepared(3_000)
        #expect(try cluster.run("index", "create", "people", "tags").code == 0)
        #expect(try cluster.run("index", "create", "people", "tags,id", "--no-nulls").code == 0)
        let built = try cluster.run("build", "--workers", "2")
        #expect(built.code == 0, "\(built.errors)")
        #expect(try cluster.run("verify").code == 0)
        let found = try cluster.run("query", "people", "tags = 't3'")
        #expect(found.output.split(separator: "\n").count == 600)
    }
}
