// Goal: ends of processes are noticed by the means that are meant for them. Method: real processes, killed and stopped;
// the log says by what they were noticed. How soon is measured by `gapless-bench detection`.

import Foundation
import Testing

@Suite("Ends of processes", .serialized)
struct DetectionTests {
    private func prepared() throws -> Cluster {
        let cluster = try Cluster()
        #expect(try cluster.run("table", "create", "people", "--key", "id").code == 0)
        return cluster
    }

    private func joined(_ cluster: Cluster) throws -> Process {
        let worker = try cluster.start("worker")
        try cluster.until("it joins") { try cluster.logs().contains("worker \(worker.processIdentifier) joined") }
        return worker
    }

    @Test("a dead worker is noticed by the end of its process, a stopped one by its silence")
    func deadAndSilent() throws {
        let cluster = try prepared()
        _ = try cluster.start("coordinator")
        let dead = try joined(cluster)
        kill(dead.processIdentifier, SIGKILL)
        try cluster.until("its end is noticed") {
            try cluster.logs().contains("worker \(dead.processIdentifier) lost: its process ended")
        }
        let silent = try joined(cluster)
        kill(silent.processIdentifier, SIGSTOP)
        try cluster.until("its silence is noticed") {
            try cluster.logs().contains("worker \(silent.processIdentifier) lost: silent for")
        }
    }

    @Test("O1: after SIGKILL of everything the next coordinator knows at once that the owners are dead")
    func everythingKilled() throws {
        let cluster = try prepared()
        #expect(try cluster.run("import", "people", "-", input: Cluster.people(0..<20_000)).code == 0)
        #expect(try cluster.run("index", "create", "people", "email").code == 0)
        let coordinator = try cluster.start("coordinator", "--records-per-range", "200")
        let worker = try cluster.start("worker")
        // Stopped in the middle, a lease in the ledger: the worker first, so that it cannot report.
        try cluster.until("it holds a range") {
            kill(worker.processIdentifier, SIGCONT)
            usleep(20_000)
            kill(worker.processIdentifier, SIGSTOP)
            let ranges = try cluster.json("ranges", "people.email") as? [[String: Any]] ?? []
            return ranges.contains { $0["state"] as? String == "leased" }
        }
        for process in [coordinator, worker] {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        _ = try cluster.start("coordinator")
        try cluster.until("the dead owner is noticed") {
            try cluster.logs().contains("worker \(worker.processIdentifier) lost:")
        }
        #expect(try cluster.logs().contains("worker \(worker.processIdentifier) lost: its process ended"))
        _ = try cluster.start("worker")
        try cluster.until("people.email is ready") { try cluster.state(of: "people.email") == "ready" }
        #expect(try cluster.run("verify", "people").code == 0)
    }

    @Test("who waits for the write lock says who holds it, and status says so too")
    func heldLock() throws {
        let cluster = try prepared()
        let holder = try LockHolder(database: cluster.database)
        let put = try cluster.start("put", "people", #"{"id":1}"#)
        let name = "process \(ProcessInfo.processInfo.processIdentifier) has held the write lock"
        try cluster.until("it says that it waits") { try cluster.logs().contains("waiting for the write lock") }
        #expect(try cluster.logs().contains(name))
        let status = try cluster.json("status") as? [String: Any]
        let problems = status?["problems"] as? [String] ?? []
        #expect(problems.contains { $0.hasPrefix("writers wait: \(name)") }, "\(problems)")
        holder.end()
        put.waitUntilExit()
        #expect(put.terminationStatus == 0)
    }
}
