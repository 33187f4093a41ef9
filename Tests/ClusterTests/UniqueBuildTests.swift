// Goal: a unique index built by real processes names every key that stands in its way, heals when records change, and
// never holds a key twice, writers racing with it or not.
// Method: shared keys in the data, in different ranges; then writers of other processes that want one key at once.

import Foundation
import Testing

@Suite("Unique indexes and real processes", .serialized)
struct UniqueBuildTests {
    private func prepared(_ lines: String) throws -> Cluster {
        let cluster = try Cluster()
        #expect(try cluster.run("table", "create", "people", "--key", "id").code == 0)
        #expect(try cluster.run("import", "people", "-", input: lines).code == 0)
        return cluster
    }

    @Test("shared keys of different ranges block it, are listed with all their records, and heal one after the other")
    func violations() throws {
        // 17 and 3,917 in the first and last range; a and b by three.
        let shared = [(3_917, "u17@x"), (9_001, "a@x"), (9_002, "a@x"), (9_003, "a@x")]
        let lines = shared.map { #"{"id":\#($0.0),"email":"\#($0.1)","pad":"p"}"# + "\n" }.joined()
        let cluster = try prepared(Cluster.people(0..<3_917) + Cluster.people(3_918..<4_000) + lines)
        _ = try cluster.start("coordinator", "--records-per-range", "500")
        _ = try cluster.start("worker")
        let create = try cluster.run("index", "create", "people", "email", "--unique", "--wait")
        #expect(create.code == 1, "\(create.errors)")
        let failures = try cluster.json("index", "failures", "people.email") as? [String: Any]
        let violations = failures?["uniqueViolations"] as? [[String: Any]] ?? []
        #expect(violations.compactMap { $0["records"] as? [String] } == [["9001", "9002", "9003"], ["17", "3917"]])
        let shown = try cluster.json("index", "show", "people.email") as? [String: Any]
        #expect((shown?["blockedBy"] as? [String: Any])?["uniqueViolations"] as? Int == 2)
        let text = try cluster.run("index", "failures", "people.email").output
        #expect(text.contains("records 17, 3917"), "\(text)")
        #expect(try cluster.run("query", "people", "email = 'a@x'").code == 75)

        // Blocked or not: what is known is held.
        let refused = try cluster.run("put", "people", #"{"id":9100,"email":"a@x","pad":"p"}"#, "--json")
        #expect(refused.code == 65 && refused.errors.contains("UNIQUE_VIOLATION"), "\(refused.errors)")

        #expect(try cluster.run("delete", "people", "3917").code == 0)
        #expect(try cluster.run("put", "people", #"{"id":9002,"email":"b@x","pad":"p"}"#).code == 0)
        #expect(try cluster.state(of: "people.email") == "blocked", "one key is shared still")
        #expect(try cluster.run("put", "people", #"{"id":9003,"email":"c@x","pad":"p"}"#).code == 0)
        try cluster.until("it is ready") { try cluster.state(of: "people.email") == "ready" }
        #expect(try cluster.run("verify").code == 0)
        #expect(try cluster.run("put", "people", #"{"id":9100,"email":"c@x","pad":"p"}"#).code == 65)
        #expect(try cluster.run("put", "people", #"{"id":9003,"email":"c@x","pad":"q"}"#).code == 0, "its own key")
    }

    @Test("writers that race with the build for the same keys: each key has one record when it is ready")
    func race() throws {
        let cluster = try prepared(Cluster.people(0..<4_000))
        _ = try cluster.start("coordinator", "--records-per-range", "200")
        _ = try cluster.start("worker")
        #expect(try cluster.run("index", "create", "people", "email", "--unique").code == 0)
        // Each takes the keys of records that stand still: many before a scan has seen them, which nobody can know.
        let writers = (0..<2).map { writer in
            Loop { round in
                let id = 10_000 + writer * 1_000 + round
                _ = try cluster.run("put", "people", #"{"id":\#(id),"email":"u\#(round * 53 % 4_000)@x","pad":"p"}"#)
            }
        }
        try cluster.until("it is built") { ["ready", "blocked"].contains(try cluster.state(of: "people.email")) }
        for writer in writers { #expect(try writer.end() > 0) }
        // Newcomers leave; whatever was shared is not any more.
        let rows = try cluster.run("query", "people", "id >= 10000", "--select", "id", "--allow-scan").output
        for row in rows.split(separator: "\n") {
            guard let id = row.split(separator: ":").last?.dropLast() else { continue }
            #expect(try cluster.run("delete", "people", String(id)).code == 0)
        }
        try cluster.until("it is ready") { try cluster.state(of: "people.email") == "ready" }
        #expect(try cluster.run("verify").code == 0)
        let shown = try cluster.json("index", "show", "people.email") as? [String: Any]
        #expect(shown?["entries"] as? Int == 4_000)
    }
}
