// Goal: what the units promise of the program is what it does: READY when it is up, WATCHDOG while its loop goes round,
// STOPPING and exit code 0 on SIGTERM.
// Method: the command of each unit, run with a manager's socket and a short watchdog.
import Foundation
import Testing

@Suite("Units and the program that they start", .serialized)
struct NotifyTests {
    /// Plays the service manager: starts the command, waits for its words, ends it, and prints all that it said.
    private static let manager = #"""
        import os, signal, socket, subprocess, sys
        folder, beats, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
        inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        inbox.bind(folder + "/notify")
        inbox.settimeout(60)
        variables = dict(os.environ, NOTIFY_SOCKET=folder + "/notify", WATCHDOG_USEC="300000")
        process = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL)
        said = []
        def listen(is_enough):
            while not is_enough(): said.extend(inbox.recv(65536).decode().split("\n"))
        try:
            listen(lambda: "READY=1" in said and said.count("WATCHDOG=1") >= beats)
            process.send_signal(signal.SIGTERM)
            listen(lambda: "STOPPING=1" in said)
            print("exit", process.wait(60))
        finally:
            process.kill()
        print("\n".join(said))
        """#

    /// The words of a unit's command, with the program built here.
    private func command(of unit: String) throws -> [String] {
        let lines = try Deployment.text("systemd/\(unit)").split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("ExecStart=") })
        return [Deployment.program.path] + line.split(separator: " ").dropFirst().map(String.init)
    }

    private func expectSound(_ unit: String, _ folder: String, says status: String) throws {
        let hasWatchdog = try Deployment.text("systemd/\(unit)").contains("\nWatchdogSec=")
        let more = unit.contains("serve") ? ["--http", "127.0.0.1:0"] : []
        let ended = try Deployment.run(
            "/usr/bin/python3",
            ["-c", Self.manager, folder, hasWatchdog ? "3" : "0"] + command(of: unit) + more,
            environment: ["GAPLESS_DB": folder + "/db"])
        try FileManager.default.removeItem(atPath: folder + "/notify")
        #expect(ended.code == 0 && ended.output.contains("exit 0\n"), "\(unit): \(ended.output)")
        #expect(ended.output.contains("STATUS=\(status)"), "\(unit): \(ended.output)")
    }

    @Test("R7: each unit's command tells READY, feeds the watchdog that its unit has, and stops with exit code 0")
    func units() throws {
        try Deployment.withFolder { folder in
            let made = try Deployment.run(
                Deployment.program.path, ["table", "create", "people", "--key", "id", "--db", folder + "/db"])
            #expect(made.code == 0, "\(made.output)")
            try expectSound("gapless-coordinator.service", folder, says: "in office")
            try expectSound("gapless-worker@.service", folder, says: "waiting for a coordinator")
            try expectSound("gapless-serve.service", folder, says: "serving at")
            // The other one is in office.
            let first = Process()
            first.executableURL = Deployment.program
            first.arguments = ["coordinator", "--db", folder + "/db"]
            first.standardError = FileHandle.nullDevice
            try first.run()
            defer {
                first.terminate()
                first.waitUntilExit()
            }
            while !FileManager.default.fileExists(atPath: folder + "/db/coordinator.json"), first.isRunning {
                usleep(20_000)
            }
            try expectSound("gapless-standby.service", folder, says: "standing by")
        }
    }
}
