// Goal: a throttle reaches workers at work, without a restart, and so does its end.
// Method: a pace so low that the build would take minutes; what was scanned is compared with the time that passed,
// which a slow machine only lengthens.

import Foundation
import Testing

@Suite("Throttled builds by real processes", .serialized)
struct ThrottledBuildTests {
    @Test("a build keeps the pace while one is set, of all workers together, and runs free once it is taken off")
    func live() throws {
        let cluster = try Cluster()
        #expect(try cluster.run("table", "create", "people", "--key", "id").code == 0)
        #expect(try cluster.run("import", "people", "-", input: Cluster.people(0..<20_000)).code == 0)
        #expect(try cluster.run("throttle", "--records-per-second", "100").code == 0)
        let began = Date()
        #expect(try cluster.run("index", "create", "people", "email").code == 0)
        _ = try cluster.start("coordinator", "--records-per-range", "500")
        for _ in 0..<2 { _ = try cluster.start("worker") }
        try cluster.until("some records are scanned") { try scanned(cluster) > 20 }
        let records = try scanned(cluster)
        let seconds = Date().timeIntervalSince(began)
        #expect(Double(records) <= 100 * seconds + 20, "\(records) records in \(seconds) s")
        #expect(try cluster.state(of: "people.email") == "building")
        #expect(try cluster.run("throttle", "--off").code == 0)
        try cluster.until("people.email is ready") { try cluster.state(of: "people.email") == "ready" }
        #expect(Date().timeIntervalSince(began) < 150, "at the pace it would have taken 200 s for the scan alone")
        #expect(try cluster.run("verify").code == 0)
    }

    private func scanned(_ cluster: Cluster) throws -> Int {
        let shown = try cluster.json("index", "show", "people.email") as? [String: Any]
        return (shown?["job"] as? [String: Any])?["recordsScanned"] as? Int ?? 0
    }
}
