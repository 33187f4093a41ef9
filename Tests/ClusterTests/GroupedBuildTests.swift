// Goal: an index over few values is grouped by real processes, whoever is killed when; it is complete then, or refuses.
// Method: workers killed again and again while they load; and, of the program with failpoints, at each point of the
// choice and between any two commits. The index is compared with the records by verify.

import Faults
import Foundation
import LMDB
import Testing

extension Cluster {
    /// The names of databases that hold the entries of indexes.
    func indexDatabases() throws -> [String] {
        try Environment.open(at: database).read { txn in
            try txn.databaseNames().filter { $0.hasPrefix("i/") || $0.hasPrefix("g/") }
        }
    }

    /// The index over tags, of which each of these records has two of six, is grouped, ready and whole.
    fileprivate func expectGrouped(records: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let shown = try json("index", "show", "people.tags") as? [String: Any]
        #expect(shown?["state"] as? String == "ready", sourceLocation: sourceLocation)
        #expect(shown?["entries"] as? Int == 2 * records, sourceLocation: sourceLocation)
        let check = try run("verify", "people")
        #expect(check.code == 0, "\(check.output)\(check.errors)", sourceLocation: sourceLocation)
        let found = try run("query", "people", "tags = 't3'", "--select", "id")
        #expect(found.output.split(separator: "\n").count == records / 5, sourceLocation: sourceLocation)
        let names = try indexDatabases()
        #expect(names.contains { $0.hasPrefix("g/") }, "\(names)", sourceLocation: sourceLocation)
    }
}

@Suite("Grouped indexes and real processes", .serialized)
struct GroupedBuildTests {
    private static let records = 20_000

    @Test("P3, P5: workers killed again and again, while they scan and while they load: grouped, and whole")
    func killedLoaders() throws {
        let cluster = try Cluster()
        #expect(try cluster.run("table", "create", "people", "--key", "id").code == 0)
        let people = Cluster.people(0..<Self.records)
        #expect(try cluster.run("import", "people", "-", input: people).code == 0)
        #expect(try cluster.run("index", "create", "people", "tags").code == 0)
        _ = try cluster.start("coordinator", "--records-per-range", "2000")
        for round in 0..<6 {
            let worker = try cluster.start("worker")
            try cluster.until("it works") {
                let ranges = try cluster.json("ranges", "people.tags") as? [[String: Any]] ?? []
                let scanned = ranges.filter { $0["state"] as? String == "scanned" }.count
                return try scanned >= min(10, 3 * round) || cluster.state(of: "people.tags") == "ready"
            }
            kill(worker.processIdentifier, SIGKILL)
            worker.waitUntilExit()
        }
        _ = try cluster.start("worker")
        try cluster.until("people.tags is ready") { try cluster.state(of: "people.tags") == "ready" }
        try cluster.expectGrouped(records: Self.records)
        // Primary keys of another kind have their place in it too.
        #expect(try cluster.run("put", "people", #"{"id":"a text","tags":"t3"}"#).code == 0)
        let found = try cluster.run("query", "people", "tags = 't3'", "--select", "id")
        #expect(found.output.contains(#"{"id":"a text"}"#))
        #expect(try cluster.run("verify", "people").code == 0)
    }
}

@Suite("Grouped indexes and failpoints", .serialized, .enabled(if: Faulty.isBuilt, Faulty.howToBuild))
struct GroupedFaultTests {
    private static let records = 5_000

    /// The choice of the layout, where it can go wrong; then the load behind it.
    private static let plans = [
        "load.layout=error(busy)", "load.layout=error(denied)", "load.layout=abort", "load.layout.after=abort",
        "load.begin=abort", "load.append=abort", "load.append.after=abort", "lmdb.drop=abort",
        "lmdb.create=error(busy)", "load.readback=abort", "drain.step=abort",
    ]

    @Test("S2, P3: a failure or a kill while an index is grouped and loaded: whole, or not ready", arguments: plans)
    func survives(_ plan: String) throws {
        let cluster = try Cluster(program: Faulty.program)
        cluster.environment["GAPLESS_RECORDS_PER_RANGE"] = "500"
        try #require(try cluster.run("table", "create", "people", "--key", "id").code == 0)
        let people = Cluster.people(0..<Self.records)
        try #require(try cluster.run("import", "people", "-", input: people).code == 0)
        try #require(try cluster.run("index", "create", "people", "tags").code == 0)
        let mark = cluster.directory + "/mark"
        let built = try cluster.failing("\(plan)@once:\(mark)@in:worker") {
            try cluster.run("build", "--workers", "1")
        }
        #expect(FileManager.default.fileExists(atPath: mark), "\(plan) was not reached: \(built.errors)")
        if built.code != 0 {
            #expect(try cluster.run("query", "people", "tags = 't3'").code == 75)
            #expect(try cluster.run("index", "retry", "people.tags").code == 0)
            #expect(try cluster.run("build", "--workers", "1").code == 0)
        }
        try cluster.expectGrouped(records: Self.records)
    }
}
