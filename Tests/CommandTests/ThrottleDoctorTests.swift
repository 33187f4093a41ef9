// Goal: throttle says what holds and doctor finds what is wrong, with what to do. Method: the real program, a database
// with one thing wrong at a time.
import Foundation
import Testing

@testable import gapless

@Suite("Throttle and doctor by command")
struct ThrottleDoctorTests {
    private func cells(_ program: borrowing Program, _ arguments: String...) throws -> [[String: Any]] {
        let output = try program.run(arguments + ["--json"]).output
        return try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
    }

    @Test("throttle: set for all and for one, shown, taken off; wrong ones are refused")
    func throttle() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        try program.succeed("index", "create", "people", "email")
        #expect(try program.succeed("throttle").output == "all indexes: not bounded\n")
        let all = try cells(program, "throttle", "--max-writer-wait", "10ms", "--for", "1h")
        #expect(all.count == 1 && all[0]["maxWriterWaitMicros"] as? Int == 10_000)
        #expect((all[0]["until"] as? String)?.hasSuffix("Z") == true)
        let one = try cells(program, "throttle", "people.email", "--records-per-second", "500")
        #expect(one.map { $0["recordsPerSecond"] as? Int } == [nil, 500])
        try program.succeed("throttle", "--off")
        #expect(try cells(program, "throttle").map { $0["index"] as? String } == [nil, "people.email"])
        #expect(
            try program.succeed("throttle", "people.email", "--off").lines.allSatisfy { $0.hasSuffix("not bounded") })
        for wrong in [
            ["--off", "--records-per-second", "1"], ["--for", "1h"], ["--records-per-second", "0"],
            ["--max-writer-wait", "0"],
        ] {
            #expect(try program.run(["throttle"] + wrong).exitCode == 64, "\(wrong)")
        }
        #expect(try program.run("throttle", "people.no", "--off").exitCode == 66)
    }

    private func findings(_ program: borrowing Program) throws -> [[String: Any]] {
        try #require(try program.run("doctor", "--json").json()["findings"] as? [[String: Any]])
    }

    private func messages(_ program: borrowing Program, _ check: String) throws -> [String] {
        try findings(program).filter { $0["check"] as? String == check && $0["severity"] as? String != "ok" }
            .compactMap { $0["message"] as? String }
    }

    @Test("doctor: a sound database has no problem; what is left, open to others, held up is found with what to do")
    func doctor() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        let sound = try program.succeed("doctor")
        #expect(sound.output.contains("no problem found") && sound.output.contains("environment"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.database)
        #expect(try messages(program, "permissions").count == 1)
        for folder in ["runs/000000000000002a", "explain-999999999"] {
            try FileManager.default.createDirectory(
                atPath: program.database + "/" + folder, withIntermediateDirectories: true)
        }
        #expect(try messages(program, "leftovers").count == 2)
        _ = try program.file("db/coordinator.sock", "")
        #expect(try messages(program, "socket").count == 1)
        try program.succeed("index", "create", "people", "email")
        let waiting = try program.run("doctor")
        #expect(waiting.exitCode == 1 && waiting.output.contains("wait for a coordinator"))
        #expect(waiting.output.contains("to do: "))
        try program.succeed("index", "pause", "people.email")
        #expect(try messages(program, "builds") == ["people.email is paused"])
        #expect(try program.run("doctor").exitCode == 0)
        #expect(try findings(program).allSatisfy { $0["severity"] as? String != "problem" })
    }

    @Test("doctor: the mount of a folder is the longest that holds it, the latest of equals")
    func mounts() {
        let lines = [
            "/dev/a / ext4 rw 0 0", "server:/x /data nfs4 rw 0 0", "none /data/fast tmpfs rw 0 0",
            #"none /with\040space xfs rw 0 0"#, "none /data/fast xfs rw 0 0", "short",
        ]
        let kinds = ["/data/x": "nfs4", "/data/fast/db": "xfs", "/database": "ext4", "/with space/db": "xfs"]
        for (path, kind) in kinds { #expect(MountPoint.find(path, in: lines)?.kind == kind) }
        #expect(MountPoint.find("/data", in: lines)?.isRemote == true)
    }
}
