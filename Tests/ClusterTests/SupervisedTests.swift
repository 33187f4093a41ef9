// Goal: the long-running commands under a service manager: what they tell it, SIGHUP, the second signal, the grace
// period. Method: the real program with NOTIFY_SOCKET set to a socket of the test's; facts are waited for.

import Foundation
import Testing

@Suite("Under a service manager", .serialized)
struct SupervisedTests {
    private func prepared() throws -> (Cluster, NotifySocket) {
        let cluster = try Cluster()
        #expect(try cluster.run("table", "create", "people", "--key", "id").code == 0)
        return (cluster, try NotifySocket(in: cluster.directory))
    }

    private func start(_ cluster: Cluster, _ manager: NotifySocket, _ arguments: [String]) throws -> Process {
        // A watchdog of two seconds: what is due every half second shows soon.
        try cluster.start(
            arguments, environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "2000000"])
    }

    private func expectEnd(_ process: Process, _ code: Int32 = 0) {
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == code)
    }

    @Test(
        "READY, STATUS, WATCHDOG and STOPPING of each command that goes on",
        arguments: [["coordinator"], ["worker"], ["up", "--workers", "1"]])
    func lifeCycle(arguments: [String]) throws {
        let (cluster, manager) = try prepared()
        let process = try start(cluster, manager, arguments)
        try cluster.until("it is ready") { manager.count("READY=1") == 1 }
        #expect(manager.messages.first { $0.hasPrefix("READY=1") }?.contains("\nSTATUS=") == true)
        try cluster.until("the watchdog is fed") { manager.count("WATCHDOG=1") >= 3 }
        process.terminate()
        expectEnd(process)
        #expect(manager.count("STOPPING=1") == 1)
        #expect(manager.count("READY=1") == 1, "its children do not speak for it")
    }

    @Test("a process that hangs is silent: nothing but its loop feeds the watchdog")
    func hung() throws {
        let (cluster, manager) = try prepared()
        #expect(try cluster.run("index", "create", "people", "email").code == 0)
        _ = try start(cluster, manager, ["coordinator"])
        try cluster.until("it has opened the job") { try cluster.logs().contains("job 1 opened") }
        // Somebody holds the write lock and sleeps: the loop waits for it as soon as it has a lease to store.
        let holder = try LockHolder(database: cluster.database)
        defer { holder.end() }
        _ = try cluster.start("worker")
        try cluster.until("the watchdog starves") {
            manager.forget()
            usleep(1_500_000)
            return manager.count("WATCHDOG=1") == 0
        }
    }

    @Test("a standby is ready while it waits, says so, and says when it is in office")
    func standby() throws {
        let (cluster, manager) = try prepared()
        let first = try cluster.start("coordinator")
        try cluster.until("the first is in office") { try cluster.logs().contains("took office") }
        _ = try start(cluster, manager, ["coordinator", "--standby"])
        try cluster.until("it stands by") { manager.count("STATUS=standing by") == 1 }
        #expect(manager.count("READY=1") == 1)
        try cluster.until("it is alive") { manager.count("WATCHDOG=1") >= 2 }
        kill(first.processIdentifier, SIGKILL)
        try cluster.until("it is in office") { manager.count("STATUS=in office") >= 1 }
    }

    @Test(
        "SIGHUP reads the settings again and reopens the log, in the process and in the children of up",
        arguments: [["coordinator"], ["worker"], ["up", "--workers", "1"]])
    func reload(arguments: [String]) throws {
        let (cluster, manager) = try prepared()
        let (config, log) = (cluster.directory + "/config.json", cluster.directory + "/the.log")
        try Data(#"{"log-file": "\#(log)", "log-level": "warning"}"#.utf8).write(to: URL(fileURLWithPath: config))
        let process = try start(cluster, manager, arguments + ["--config", config])
        try cluster.until("it is ready") { manager.count("READY=1") == 1 }
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "")
        try FileManager.default.moveItem(atPath: log, toPath: log + ".1")
        try Data(
            #"{"log-file": "\#(log)", "log-level": "info", "log-format": "json", "listen": "ipc:///elsewhere"}"#.utf8
        ).write(to: URL(fileURLWithPath: config))
        kill(process.processIdentifier, SIGHUP)
        let processes = arguments[0] == "up" ? 3 : 1
        try cluster.until("all have read them") {
            // The log of a moment ago may not be there yet.
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").count { $0.contains("settings read again") } == processes
        }
        let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("{") })
        #expect(lines.contains { $0.contains("need a restart: listen") })
        try cluster.until("it is ready again") { manager.count("RELOADING=1") == 1 && manager.count("READY=1") == 2 }
        process.terminate()
        expectEnd(process)
    }

    @Test("settings that are wrong when they are read again are refused, and the old ones stay")
    func wrongReload() throws {
        let (cluster, manager) = try prepared()
        let config = cluster.directory + "/config.json"
        try Data(#"{"log-level": "info"}"#.utf8).write(to: URL(fileURLWithPath: config))
        let process = try start(cluster, manager, ["coordinator", "--config", config])
        try cluster.until("it is ready") { manager.count("READY=1") == 1 }
        for text in [#"{"log-levle": "debug"}"#, #"{"log-file": "/no/such/folder/log", "log-level": "error"}"#] {
            let before = try cluster.logs().split(separator: "\n").count { $0.contains("stay as they were") }
            try Data(text.utf8).write(to: URL(fileURLWithPath: config))
            kill(process.processIdentifier, SIGHUP)
            try cluster.until("it refuses") {
                try cluster.logs().split(separator: "\n").count { $0.contains("stay as they were") } == before + 1
            }
        }
        try cluster.until("the manager knows") { manager.count("STATUS=the settings stay as they were") >= 2 }
        process.terminate()
        expectEnd(process)
        #expect(try cluster.logs().contains("left office"), "level info is still in force")
    }

    /// Starts a command and brings it to where a stop cannot end by itself; `release` lets it go again.
    private func startHeldUp(
        _ cluster: Cluster, _ manager: NotifySocket, _ arguments: [String], grace: String
    ) throws -> (process: Process, release: () -> Void) {
        #expect(try cluster.run("import", "people", "-", input: Cluster.people(0..<2_000)).code == 0)
        #expect(try cluster.run("index", "create", "people", "email").code == 0)
        let arguments = arguments + ["--grace", grace]
        switch arguments[0] {
        case "coordinator":
            // What it wants to store waits for the lock.
            let holder = try LockHolder(database: cluster.database)
            return (try start(cluster, manager, arguments), holder.end)
        case "worker":
            // Nobody settles what it reports, or takes what it holds.
            let coordinator = try cluster.start("coordinator", "--records-per-range", "1")
            let worker = try start(cluster, manager, arguments)
            try cluster.until("it waits for an answer that does not come") {
                kill(coordinator.processIdentifier, SIGCONT)
                let before = manager.count("STATUS=at work")
                while manager.count("STATUS=at work") == before { usleep(1_000) }
                kill(coordinator.processIdentifier, SIGSTOP)
                // Longer than any message is under way.
                usleep(300_000)
                manager.receive()
                return manager.messages.last { $0.hasPrefix("STATUS=") }?.hasPrefix("STATUS=reporting") == true
            }
            return (worker, { kill(coordinator.processIdentifier, SIGCONT) })
        default:
            let process = try start(cluster, manager, arguments)
            try cluster.until("it is ready") { manager.count("READY=1") == 1 }
            let status = try cluster.json("status") as? [String: Any]
            let pid = (status?["coordinator"] as? [String: Any])?["pid"] as? Int
            let child = pid_t(try #require(pid))
            kill(child, SIGSTOP)
            return (process, { kill(child, SIGKILL) })
        }
    }

    @Test(
        "a stop that is held up ends with the grace period, with exit code 0",
        arguments: [["coordinator"], ["worker"], ["up", "--workers", "1"]])
    func grace(arguments: [String]) throws {
        let (cluster, manager) = try prepared()
        let (process, release) = try startHeldUp(cluster, manager, arguments, grace: "300ms")
        process.terminate()
        expectEnd(process)
        release()
        #expect(try cluster.logs().contains("grace period of 300 ms is over"))
    }

    @Test(
        "a second signal ends a process at once, however long its grace period is",
        arguments: [["coordinator"], ["worker"], ["up", "--workers", "1"]])
    func secondSignal(arguments: [String]) throws {
        let (cluster, manager) = try prepared()
        let (process, release) = try startHeldUp(cluster, manager, arguments, grace: "1h")
        process.terminate()
        try cluster.until("it stops") { manager.count("STOPPING=1") == 1 }
        #expect(process.isRunning)
        process.interrupt()
        expectEnd(process)
        release()
        #expect(try cluster.logs().contains("a second signal"))
    }
}
