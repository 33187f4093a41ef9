import Glibc
import LMDB
import Tables
import Testing

/// Goal: a folder that is no Gapless database is said to be what it is, and is left as it was.
@Suite struct OpeningTests {
    private func code(_ body: () throws -> Store) -> ErrorCode? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? GaplessError)?.code
        }
    }

    @Test("A missing folder is no database, and looking for one does not make it")
    func missingFolder() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/none"
        #expect(code { try Store.open(at: path) } == .noSuchDatabase)
        #expect(access(path, F_OK) != 0)
    }

    @Test("An empty folder is no database, and looking leaves it empty")
    func emptyFolder() throws {
        let folder = try TemporaryFolder()
        #expect(code { try Store.open(at: folder.path) } == .noSuchDatabase)
        #expect(access("\(folder.path)/data.mdb", F_OK) != 0)
        #expect(access("\(folder.path)/lock.mdb", F_OK) != 0)
    }

    @Test("A file where the folder should be is said to be no folder")
    func fileInsteadOfFolder() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/gate"
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(code { try Store.open(at: path, creation: .ifMissing) } == .notADatabase)
    }

    @Test("An LMDB environment of another program is not taken for ours, and becomes ours only when adopted")
    func foreignEnvironment() throws {
        let folder = try TemporaryFolder()
        do {
            let foreign = try Environment.open(at: folder.path, options: testOptions)
            try foreign.write { txn in
                let users = try txn.createDatabase("users")
                try txn.put([1], [2], in: users)
            }
        }
        #expect(code { try Store.open(at: folder.path, options: testOptions) } == .notADatabase)
        #expect(code { try Store.open(at: folder.path, creation: .ifMissing, options: testOptions) } == .notADatabase)
        for name in ["theirs", ""] {
            #expect(throws: GaplessError.self) {
                try Store.open(at: folder.path, creation: .adopting(database: name), options: testOptions)
            }
        }
        #expect(code { try Store.open(at: folder.path, options: testOptions) } == .notADatabase)
        let store = try Store.open(at: folder.path, creation: .adopting(database: "users"), options: testOptions)
        #expect(try store.read { try $0.value(of: [1], in: $0.database("users")) } == [2])
        #expect(try store.read { try store.tables(in: $0) }.isEmpty)
    }

    @Test("O1: where a process of another PID namespace has this PID already, the refusal says so and what to do")
    func namesake() throws {
        let folder = try TemporaryFolder()
        do { _ = try Store.open(at: folder.path, creation: .ifMissing, options: testOptions) }
        // What that process holds: the byte of its PID. A lock of the open file: one of ours would not hold us up.
        let file = open("\(folder.path)/lock.mdb", O_RDWR | O_CLOEXEC)
        defer { close(file) }
        var lock = flock(
            l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: off_t(getpid()), l_len: 1, l_pid: 0)
        let setLockOfOpenFile: Int32 = 37  // F_OFD_SETLK
        #expect(fcntl(file, setLockOfOpenFile, &lock) == 0)
        do {
            _ = try Store.open(at: folder.path, options: testOptions)
            Issue.record("it was opened")
        } catch let error as GaplessError {
            #expect(error.code == .busy)
            #expect(error.message.contains("PID \(getpid()) too") && error.message.contains("shareProcessNamespace"))
        }
    }

    @Test("A data.mdb that is no LMDB environment is refused")
    func garbage() throws {
        let folder = try TemporaryFolder()
        let file = open("\(folder.path)/data.mdb", O_CREAT | O_WRONLY, 0o600)
        let bytes = [UInt8](repeating: 7, count: 8_192)
        #expect(write(file, bytes, bytes.count) == bytes.count)
        close(file)
        #expect(code { try Store.open(at: folder.path, options: testOptions) } == .notADatabase)
    }

    @Test("A database of a newer format is refused, with both numbers")
    func newerFormat() throws {
        let folder = try TemporaryFolder()
        do {
            let store = try Store.open(at: folder.path, creation: .ifMissing, options: testOptions)
            try store.write { txn in
                try txn.put(Array("format".utf8), Array("gapless 2".utf8), in: txn.database("gapless/catalog"))
            }
        }
        let error = #expect(throws: GaplessError.self) { try Store.open(at: folder.path, options: testOptions) }
        #expect(error?.code == .incompatibleVersion)
        #expect(error?.message.contains("format 2") == true)
        #expect(error?.message.contains("up to 1") == true)
    }

    @Test("A writer gate of a newer layout is refused as a database of a newer format is")
    func newerGate() throws {
        let folder = try TemporaryFolder()
        do { _ = try Store.open(at: folder.path, creation: .ifMissing, options: testOptions) }
        let gate = open("\(folder.path)/gate", O_WRONLY)
        #expect(pwrite(gate, [9], 1, 4_088) == 1)
        close(gate)
        let error = #expect(throws: GaplessError.self) { try Store.open(at: folder.path, options: testOptions) }
        #expect(error?.code == .incompatibleVersion)
        #expect(error?.message.contains("use a newer gapless") == true)
    }

    @Test("A folder that may not be written is said so", .enabled(if: geteuid() != 0))
    func notWritable() throws {
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o500)
        defer { chmod(folder.path, 0o700) }
        #expect(code { try Store.open(at: folder.path, creation: .ifMissing) } == .notPermitted)
    }

    @Test("The id of an environment is made once and stays over reopening")
    func environmentID() throws {
        let folder = try TemporaryFolder()
        let first = try Store.open(at: folder.path, creation: .ifMissing, options: testOptions).environmentID
        let again = try Store.open(at: folder.path, options: testOptions).environmentID
        let another = try TemporaryStore().store.environmentID
        #expect(first == again)
        #expect(first != another)
        #expect(first.utf8.count == 32)
    }
}
