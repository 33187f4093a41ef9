// Goal: an operator directs builds of real processes under writers and queriers, and no answer is ever short.
// Method: small ranges; the words of the operator fall into every phase; queriers and writers are processes of their
// own.

import Foundation
import Testing

@Suite("An operator's orders to real processes", .serialized)
struct OperatorTests {
    private func prepared(_ records: Int) throws -> Cluster {
        let cluster = try Cluster()
        #expect(try cluster.run("table", "create", "people", "--key", "id").code == 0)
        #expect(try cluster.run("import", "people", "-", input: Cluster.people(0..<records)).code == 0)
        return cluster
    }

    private func show(_ cluster: Cluster) throws -> [String: Any] {
        try cluster.json("index", "show", "people.email") as? [String: Any] ?? [:]
    }

    private func generation(_ cluster: Cluster) throws -> Int { try show(cluster)["generation"] as? Int ?? 0 }

    @Test("paused in the middle, a build stands still, survives its coordinator, and goes on where it was")
    func pause() throws {
        let cluster = try prepared(20_000)
        #expect(try cluster.run("index", "create", "people", "email").code == 0)
        let coordinator = try cluster.start("coordinator", "--records-per-range", "500")
        _ = try cluster.start("worker")
        try cluster.until("it works") { try scanned(cluster) > 0 }
        let paused = try cluster.run("index", "pause", "people.email", "--json")
        #expect(paused.code == 0, "\(paused.errors)")
        #expect(try cluster.state(of: "people.email") == "paused")
        #expect(try cluster.run("query", "people", "email = 'u1@x'").code == 75)
        // What is in hand ends; then nothing is.
        try cluster.until("nothing is in hand") { try leased(cluster) == 0 }
        let before = try scanned(cluster)
        kill(coordinator.processIdentifier, SIGKILL)
        coordinator.waitUntilExit()
        _ = try cluster.start("coordinator", "--records-per-range", "500")
        try cluster.until("the worker is back") {
            let status = try cluster.json("status") as? [String: Any]
            let workers = status?["workers"] as? [[String: Any]] ?? []
            return workers.contains { $0["state"] as? String == "idle" }
        }
        #expect(try scanned(cluster) == before)
        #expect(try cluster.run("build").code == 0, "nothing that is not paused is left to build")
        #expect(try cluster.run("index", "resume", "people.email").code == 0)
        try cluster.until("it is ready") { try cluster.state(of: "people.email") == "ready" }
        #expect(try cluster.run("verify").code == 0)
        let ranges = try cluster.json("ranges", "people.email") as? [[String: Any]] ?? []
        #expect(ranges.allSatisfy { ($0["history"] as? [Any])?.count == 1 }, "nothing was scanned twice")
    }

    private func scanned(_ cluster: Cluster) throws -> Int { try count("scanned", cluster) }
    private func leased(_ cluster: Cluster) throws -> Int { try count("leased", cluster) }

    private func count(_ state: String, _ cluster: Cluster) throws -> Int {
        let ranges = try cluster.json("ranges", "people.email") as? [[String: Any]] ?? []
        return ranges.filter { $0["state"] as? String == state }.count
    }

    @Test("W7, R1, R5: during rebuilds and their publishing, under writers, no query of many processes is ever short")
    func rebuild() throws {
        let records = 4_000
        let cluster = try prepared(records)
        #expect(try cluster.run("index", "create", "people", "email").code == 0)
        _ = try cluster.start("coordinator", "--records-per-range", "500")
        _ = try cluster.start("worker")
        try cluster.until("it is ready") { try cluster.state(of: "people.email") == "ready" }
        let writer = Loop {
            let id = $0 % records
            // The record's own entry moves away and back; `pad` stands still.
            try cluster.quiet("put", "people", #"{"id":\#(id),"email":"w\#(id)@x","pad":"p"}"#)
            try cluster.quiet("put", "people", #"{"id":\#(id),"email":"u\#(id)@x","pad":"p"}"#)
        }
        let queriers = (0..<3).map { querier in
            Loop { round in
                // Of these records each has one of two emails at any moment.
                let id = (querier * 1_117 + round * 37) % records
                let found = try cluster.quiet("query", "people", "email IN ('u\(id)@x', 'w\(id)@x')", "--select", "id")
                if found != #"{"id":\#(id)}"# + "\n" { throw Short(text: "record \(id): \(found)") }
            }
        }
        for generation in 2...4 {
            let declared = try cluster.run("index", "rebuild", "people.email", "--reason", "round \(generation)")
            #expect(declared.code == 0, "\(declared.errors)")
            if generation == 3 {
                #expect(try cluster.run("index", "pause", "people.email").code == 0)
                #expect(try show(cluster)["state"] as? String == "ready")
                #expect(try cluster.run("index", "resume", "people.email").code == 0)
            }
            try cluster.until("generation \(generation) is ready") { try self.generation(cluster) == generation }
        }
        let rounds = try (queriers + [writer]).map { try $0.end() }
        #expect(rounds.allSatisfy { $0 > 0 }, "\(rounds)")
        #expect(try cluster.run("verify").code == 0)
        let history = try cluster.json("history", "people.email") as? [[String: Any]] ?? []
        #expect(history.compactMap { $0["generation"] as? Int } == [4, 3, 2, 1])
        #expect(history.allSatisfy { $0["outcome"] as? String == "published" })
        #expect(history.first?["reason"] as? String == "rebuild requested: round 4")
        try cluster.until("the generations before are gone") {
            let status = try cluster.json("index", "show", "people.email") as? [String: Any]
            return !(status?["rebuild"] is [String: Any]) && status?["generation"] as? Int == 4
        }
    }

    @Test("W7: a rebuild that is cancelled leaves the ready index exact; dropped while rebuilt, the index is gone")
    func cancelAndDrop() throws {
        let cluster = try prepared(5_000)
        #expect(try cluster.run("index", "create", "people", "email").code == 0)
        _ = try cluster.start("coordinator", "--records-per-range", "500")
        let worker = try cluster.start("worker")
        try cluster.until("it is ready") { try cluster.state(of: "people.email") == "ready" }
        for isDropped in [false, true] {
            #expect(try cluster.run("index", "rebuild", "people.email").code == 0)
            #expect(try cluster.run("put", "people", #"{"id":1,"email":"new\#(isDropped)@x"}"#).code == 0)
            let again = try cluster.run("index", "rebuild", "people.email")
            #expect(again.code == 0 && (again.output.contains("nothing done") || again.output.contains("to be built")))
            if isDropped {
                #expect(try cluster.run("index", "drop", "people.email").code == 0)
                #expect(try cluster.run("index", "show", "people.email").code == 66)
                continue
            }
            let cancelled = try cluster.run("index", "cancel", "people.email")
            // It may have been ready first: then there is nothing to cancel.
            #expect(cancelled.code == 0 || cancelled.code == 64, "\(cancelled.errors)")
            #expect(try cluster.state(of: "people.email") == "ready")
            #expect(try cluster.run("query", "people", "email = 'newfalse@x'").output.hasPrefix(#"{"id":1,"#))
            #expect(try cluster.run("verify").code == 0)
        }
        #expect(try cluster.run("index", "create", "people", "email").code == 0)
        try cluster.until("it is ready again") { try cluster.state(of: "people.email") == "ready" }
        #expect(try cluster.run("verify").code == 0)
        #expect(worker.isRunning)
    }
}

/// An answer that lacks a record, or has one too many.
