// Goal: the units are ones that systemd takes, they shut out what they can, and their times fit the program's.
// Method: systemd-analyze, which reads units without a running systemd; the real path of the program in a copy of them.
import Foundation
import Testing

@Suite("systemd units")
struct SystemdTests {
    private static let tool = "/usr/bin/systemd-analyze"

    /// Copies of the units that start the program built here.
    private func withUnits<R>(changing change: (String) -> String = { $0 }, _ body: ([String]) throws -> R) throws -> R
    {
        try Deployment.withFolder { folder in
            let names = try Deployment.files(ending: ".service") + Deployment.files(ending: ".target")
            let paths = try names.map { name in
                let text = try Deployment.text(name).replacing("/usr/bin/gapless", with: Deployment.program.path)
                let path = folder + "/" + (name.split(separator: "/").last ?? "")
                try change(text).write(toFile: path, atomically: true, encoding: .utf8)
                return path
            }
            return try body(paths)
        }
    }

    @Test("systemd-analyze verify finds nothing")
    func verify() throws {
        try withUnits { paths in
            #expect(paths.count == 5)
            let ended = try Deployment.run(Self.tool, ["verify", "--man=no"] + paths)
            #expect(ended.code == 0 && ended.output.isEmpty, "\(ended.output)")
        }
    }

    @Test("systemd-analyze verify would find a misspelt setting and a program that is not there")
    func verifyFinds() throws {
        try withUnits(changing: { $0.replacing("Restart=always", with: "Restrat=always") }) { paths in
            let ended = try Deployment.run(Self.tool, ["verify", "--man=no"] + paths)
            #expect(ended.output.contains("Restrat"))
        }
        try withUnits(changing: { $0.replacing(Deployment.program.path, with: "/nowhere/gapless") }) { paths in
            let ended = try Deployment.run(Self.tool, ["verify", "--man=no"] + paths)
            #expect(ended.code != 0)
        }
    }

    @Test("the exposure that systemd-analyze security reckons stays low: 1.0 of 10, 1.5 for HTTP")
    func security() throws {
        try withUnits { paths in
            for path in paths where path.hasSuffix(".service") {
                let ended = try Deployment.run(
                    Self.tool,
                    ["security", "--offline=true", "--threshold=\(path.contains("serve") ? 15 : 10)", path])
                #expect(ended.code == 0, "\(ended.output.split(separator: "\n").last ?? "")")
            }
        }
    }

    @Test("each unit waits for READY, restarts always but for what a restart cannot help, and kills after the grace")
    func settings() throws {
        for path in try Deployment.files(ending: ".service") {
            let lines = try Deployment.text(path).split(separator: "\n").map(String.init)
            for wanted in [
                "Type=notify", "Restart=always", "RestartPreventExitStatus=64 77 78", "KillMode=mixed",
                "TimeoutStopSec=20s", "StartLimitIntervalSec=0", "User=gapless", "UMask=0077",
            ] {
                #expect(lines.contains(wanted), "\(path): \(wanted)")
            }
            // Only loops that feed the watchdog may have one.
            #expect(lines.contains { $0.hasPrefix("WatchdogSec=") } == !path.contains("serve"), "\(path)")
        }
        #expect(try Deployment.text("systemd/environment").contains("GAPLESS_GRACE=10s"))
    }

    @Test("the filter of system calls lets libzmq set the scheduling of its threads, where it would abort else")
    func filter() throws {
        for path in try Deployment.files(ending: ".service") where !path.contains("serve") {
            let filters = try Deployment.text(path).split(separator: "\n").filter { $0.hasPrefix("SystemCallFilter=") }
            #expect(filters.last == "SystemCallFilter=sched_setscheduler" && filters.count == 3, "\(path)")
        }
    }

    @Test("the standby differs from the coordinator in its words only")
    func standby() throws {
        func settings(_ path: String) throws -> [Substring] {
            try Deployment.text(path).split(separator: "\n").filter {
                !$0.hasPrefix("#") && !$0.hasPrefix("Description=")
            }
        }
        let coordinator = try settings("systemd/gapless-coordinator.service")
        let standby = try settings("systemd/gapless-standby.service")
        #expect(coordinator == standby)
        #expect(coordinator.contains("ExecStart=/usr/bin/gapless coordinator --standby"))
    }
}
