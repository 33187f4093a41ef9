// Goal: an environment opens where it should, refuses everywhere else with a reason, and closes.
// Method: real folders; what a process can only do to itself (limits, another user) happens in a child process.
import FoundationEssentials
import Glibc
import LMDB
import Testing

@Suite struct EnvironmentTests {
    @Test("A new environment has files of mode 0600 in a folder of mode 0700")
    func modes() throws {
        try withFolder { folder in
            let path = folder + "/db"
            let environment = try Environment.open(at: path)
            try environment.write { txn in _ = try txn.createDatabase("t") }
            #expect(try mode(of: path) == 0o700)
            for file in ["data.mdb", "lock.mdb", "gate"] { #expect(try mode(of: "\(path)/\(file)") == 0o600) }
            #expect(environment.directory == path)
        }
    }

    @Test("What was committed is there after closing and opening again, durable or not", arguments: [true, false])
    func reopen(isSynced: Bool) throws {
        try withFolder { folder in
            var options = Environment.Options()
            options.isSynced = isSynced
            for round in 0..<3 {
                let environment = try Environment.open(at: folder, options: options)
                try fill(environment, "t", round * 10..<round * 10 + 10)
                try environment.sync()
                #expect(try entries(environment, "t").count == (round + 1) * 10)
            }
        }
    }

    @Test("A folder that this process has open is refused, under any path, and free again after closing")
    func twice() throws {
        try withFolder { folder in
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder)
            do {
                let environment = try Environment.open(at: folder, options: testOptions())
                for path in [folder, folder + "/.", folder + "/link"] {
                    #expect(code { try Environment.open(at: path) } == .system(EALREADY))
                }
                #expect(throws: LMDBError.self) { try Environment.open(at: folder) }
                try fill(environment, "t", 0..<1)
            }
            let again = try Environment.open(at: folder, options: testOptions())
            #expect(try entries(again, "t").count == 1)
        }
    }

    @Test("A refusal to open leaves the folder free")
    func refusalReleases() throws {
        try withFolder { folder in
            try Data(repeating: 7, count: 8192).write(to: URL(filePath: folder + "/data.mdb"))
            #expect(code { try Environment.open(at: folder) } == .notAnEnvironment)
            try FileManager.default.removeItem(atPath: folder + "/data.mdb")
            try fill(Environment.open(at: folder, options: testOptions()), "t", 0..<1)
        }
    }

    @Test("A missing folder, a file for a folder and a folder without an environment are told apart")
    func missing() throws {
        try withFolder { folder in
            var options = Environment.Options()
            options.isCreating = false
            #expect(code { try Environment.open(at: folder + "/none", options: options) } == .system(ENOENT))
            #expect(code { try Environment.open(at: folder + "/none/deeper") } == .system(ENOENT))
            #expect(code { try Environment.open(at: folder, options: options) } == .notAnEnvironment)
            options.isCreating = true
            options.isReadOnly = true
            #expect(code { try Environment.open(at: folder, options: options) } == .notAnEnvironment)
            try Data("x".utf8).write(to: URL(filePath: folder + "/file"))
            #expect(code { try Environment.open(at: folder + "/file") } == .system(ENOTDIR))
            #expect(!FileManager.default.fileExists(atPath: folder + "/data.mdb"))
        }
    }

    @Test("Errors name the folder, the reason and the call")
    func messages() throws {
        let error = #expect(throws: LMDBError.self) {
            var options = Environment.Options()
            options.isCreating = false
            _ = try Environment.open(at: "/nowhere/at/all", options: options)
        }
        #expect(
            "\(try #require(error))" == "opening the environment in /nowhere/at/all: No such file or directory (stat)")
    }

    @Test("A read-only environment reads and refuses to write")
    func readOnly() throws {
        try withFolder { folder in
            do { try fill(Environment.open(at: folder, options: testOptions()), "t", 0..<5) }
            var options = testOptions()
            options.isReadOnly = true
            let environment = try Environment.open(at: folder, options: options)
            #expect(try entries(environment, "t").count == 5)
            #expect(code { try fill(environment, "t", 5..<6) } == .system(EACCES))
            #expect(environment.writerGate.waiting == 0)
            #expect(try entries(environment, "t").count == 5)
        }
    }

    @Test("The map of 1 TiB is address space: the file has only what is in use")
    func sparse() throws {
        try withFolder { folder in
            let environment = try Environment.open(at: folder)
            try fill(environment, "t", 0..<100)
            let info = try environment.info()
            #expect(info.mapBytes <= 1 << 40 && info.mapBytes >= 1 << 30)
            #expect(info.usedBytes < 1 << 20)
            #expect(info.lastTransactionID == 1)
            #expect(info.pageBytes == 4096)
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/data.mdb")
            #expect(try #require(attributes[.size] as? Int) < 1 << 20)
        }
    }

    @Test("Where the process may not have so much address space, smaller maps are tried")
    func ladder() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        await #expect(processExitsWith: .success) { [folder = folder as String] in try openWithin8GiBMore(folder) }
    }

    @Test("A folder of someone else is refused as not permitted", .enabled(if: geteuid() == 0))
    func notPermitted() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        await #expect(processExitsWith: .success) { [folder = folder as String] in
            guard setuid(65534) == 0 else { throw TestFailure("setuid: \(errno)") }
            guard code({ try Environment.open(at: folder) }) == .system(EACCES) else { exit(1) }
        }
    }

    private func mode(of path: String) throws -> UInt32 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw TestFailure("stat \(path): \(errno)") }
        return status.st_mode & 0o777
    }
}

/// In a child process: 1 TiB and 64 GiB do not fit, 4 GiB does.
private func openWithin8GiBMore(_ folder: String) throws {
    try limitAddressSpace(moreBytes: 8 << 30)
    let environment = try Environment.open(at: folder)
    try fill(environment, "t", 0..<10)
    guard try environment.info().mapBytes == 4 << 30, try entries(environment, "t").count == 10 else { exit(1) }
}
