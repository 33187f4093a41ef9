// Goal: processes of the real program agree on readiness at every instant, and start and stop as a service does.
// Method: servers in processes of their own; this process publishes; clients count what is answered before and after.

import Foundation
import Synchronization
import Tables
import TestSupport
import Testing

@testable import Service

@Suite("Real servers", .serialized)
struct ProcessTests {
    /// What clients of several servers may have seen, and when the index was published.
    private final class Moment: Sendable {
        /// 0 before the publishing transaction, 1 from its beginning, 2 after its commit.
        let phase = Atomic<Int>(0)
        let hasBeenSeenReady = Atomic<Bool>(false)
        /// Clients that have asked at least once before it.
        let warm = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)
    }

    private struct Tally {
        var ready = 0
        var refused = 0
        var wrong: [String] = []
    }

    /// Asks until it has asked often enough after the commit.
    private static func ask(
        _ client: Client, _ moment: Moment, _ question: (Client) throws -> Int
    ) throws -> Tally {
        var tally = Tally()
        var isWarm = false
        var after = 0
        // One that fails must not be waited for.
        defer { if !isWarm { moment.warm.add(1, ordering: .releasing) } }
        while after < 40 {
            let began = moment.phase.load(ordering: .acquiring)
            let wasSeen = moment.hasBeenSeenReady.load(ordering: .acquiring)
            let status = try question(client)
            if status == 200 { moment.hasBeenSeenReady.store(true, ordering: .releasing) }
            let ended = moment.phase.load(ordering: .acquiring)
            if status == 200 { tally.ready += 1 } else { tally.refused += 1 }
            if status == 200, ended == 0 { tally.wrong.append("ready before it was published") }
            if status != 200, began == 2 { tally.wrong.append("\(status) after it was published") }
            if status != 200, wasSeen { tally.wrong.append("\(status) after another process had said ready") }
            if !isWarm { moment.warm.add(1, ordering: .releasing) }
            isWarm = true
            if began == 2 { after += 1 }
        }
        return tally
    }

    @Test("R1, R7: many processes, at the instant of publishing: none says ready before, none says no after")
    func publishing() throws {
        try publish { try $0.get("/readyz?index=people.email").status }
    }

    @Test("R1, R3: many processes query at the instant of publishing: refused before, complete after, never short")
    func querying() throws {
        try publish { client in
            let answer = try client.query(("where", "email = 'u50@x'"))
            guard answer.status == 200 else {
                #expect(try answer.error()["code"] as? String == "INDEX_NOT_READY")
                return answer.status
            }
            #expect(answer.text == "{\"id\":50,\"email\":\"u50@x\"}\n")
            return 200
        }
    }

    private func publish(asking question: @escaping @Sendable (Client) throws -> Int) throws {
        let site = try Site()
        try site.put(0..<100)
        let index = try site.declare("email")
        let servers = try (0..<3).map { _ in try Server(site.folder) }
        let clients = try servers.map { try $0.client() } + [site.client]
        let moment = Moment()
        let askers = clients.map { client in Background { try Self.ask(client, moment, question) } }
        while moment.warm.load(ordering: .acquiring) < askers.count { sched_yield() }
        moment.phase.store(1, ordering: .releasing)
        try site.publish(index)
        moment.phase.store(2, ordering: .releasing)
        for asker in askers {
            let tally = try asker.result()
            #expect(tally.wrong == [])
            #expect(tally.ready >= 40 && tally.refused >= 1)
        }
    }

    @Test("R1: many processes, through a rebuild and its publishing: every one says ready throughout")
    func rebuilding() throws {
        let site = try Site()
        try site.put(0..<100)
        let index = try site.declare("email")
        try site.publish(index)
        let servers = try (0..<3).map { _ in try Server(site.folder) }
        let clients = try servers.map { try $0.client() } + [site.client]
        let moment = Moment()
        let askers = clients.map { client in
            Background {
                var statuses: Set<Int> = []
                var isWarm = false
                defer { if !isWarm { moment.warm.add(1, ordering: .releasing) } }
                while !moment.isOver.load(ordering: .acquiring) {
                    statuses.insert(try client.get("/readyz").status)
                    if !isWarm { moment.warm.add(1, ordering: .releasing) }
                    isWarm = true
                }
                return statuses
            }
        }
        while moment.warm.load(ordering: .acquiring) < askers.count { sched_yield() }
        for _ in 0..<5 {
            try site.store.write { _ = try site.store.declareRebuild(of: index, reason: "test", in: $0) }
            try site.publish(index)
            try site.store.cleanDropped()
        }
        moment.isOver.store(true, ordering: .releasing)
        for asker in askers { #expect(try asker.result() == [200]) }
    }

    @Test("R7, R1: under a real build the gate says what the environment says, and metrics tell the build's numbers")
    func build() throws {
        let site = try Site()
        try site.put(0..<2_000)
        let index = try site.declare("email")
        let server = try Server(site.folder)
        let client = try server.client()
        #expect(try client.get("/readyz").status == 503)
        let build = try Command(["build", "--workers", "1"], on: site.folder)
        let isReady = { try site.store.read { try site.store.live(index, in: $0).state == .ready } }
        while try !isReady(), build.isRunning {
            let before = try isReady()
            let status = try client.get("/readyz").status
            let after = try isReady()
            #expect(status == 200 ? after : !before)
        }
        #expect(try client.get("/readyz").status == 200)
        try build.succeed()
        let samples = try StatusTests.samples(of: try client.get("/metrics"))
        let labels = "{table=\"people\",index=\"email\"}"
        #expect(samples["gapless_build_progress_ratio\(labels)"] == 1)
        for name in ["records", "records_scanned", "entries_loaded"] {
            #expect(samples["gapless_build_\(name)\(labels)"] == 2_000, "\(name)")
        }
        #expect(samples["gapless_build_ranges{table=\"people\",index=\"email\",state=\"scanned\"}"] == 1)
        #expect(samples["gapless_coordinator_epoch"] == 1)
    }

    @Test("it tells its manager when it serves and when it stops, and ends with 0 on SIGTERM")
    func lifetime() throws {
        let site = try Site()
        let manager = try ManagerSocket(site.folder)
        let server = try Server(site.folder, environment: ["NOTIFY_SOCKET": manager.path, "GAPLESS_HTTP": "[::1]:0"])
        #expect(try manager.hear().hasPrefix("READY=1"))
        #expect(try server.client().get("/healthz").status == 200)
        server.terminate()
        #expect(try manager.hear().hasPrefix("STOPPING=1"))
        #expect(try server.end().code == 0)
    }

    @Test("it does not start where it must not or cannot, and says what to do")
    func refusals() throws {
        let site = try Site()
        let cases: [(arguments: [String], code: Int32, hint: String)] = [
            (["--http", "\(site.process.address)"], 78, "choose another address"),
            (["--http", "0.0.0.0:0"], 77, "--token-file"), (["--http", "nowhere"], 78, "127.0.0.1:PORT"),
            (["--http", "127.0.0.1:0", "--token-file", site.folder + "/none"], 77, "--token-file"),
        ]
        for (arguments, code, hint) in cases {
            let end = try Server(site.folder, arguments).end()
            #expect(end.code == code, "\(arguments): \(end.errors)")
            #expect(end.errors.contains(hint), "\(arguments): \(end.errors)")
        }
    }
}
