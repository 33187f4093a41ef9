import Backfill
import Coordinator
import Glibc
import LMDB
import Ledger
import Runs
import Status
import Tables
import Values

/// What `gapless doctor` looks at.
struct Examination {
    /// Less free space than this is a problem, whatever the size of the data.
    private static let freeBytesMin = 256 << 20
    /// The longest path of a socket that the system takes, its end included.
    private static let socketPathMax = 108
    /// Fewer open files than this may not do for a coordinator with many workers.
    private static let openFilesMin: UInt64 = 256
    let store: Store

    func findings() throws -> [Finding] {
        try [environment(), fileSystem(), space(), permissions(), openFiles(), readers(), socket()]
            + versions() + leftovers() + builds()
    }

    private func environment() throws -> Finding {
        let (tables, indexes) = try store.read { txn in
            let catalog = try store.catalog(in: txn)
            return (catalog.tables.count, catalog.indexes.count)
        }
        return .ok(
            "environment",
            "\(store.environmentID) opens; \(tables) tables, \(indexes) indexes; program \(store.programVersion)")
    }

    private func fileSystem() throws -> Finding {
        let mount = try MountPoint.of(store.directory)
        if mount.isRemote {
            return .problem(
                "file system", "the database lies on \(mount.kind), whose locks and shared memory LMDB cannot trust",
                "move the folder to a local disk")
        }
        if mount.isMemory {
            return .note("file system", "the database lies in memory: it is gone after a restart of the machine", nil)
        }
        return .ok("file system", "\(mount.kind) at \(mount.path)")
    }

    private func space() throws -> Finding {
        let free = try DiskSpace.free(at: store.directory)
        guard free >= Self.freeBytesMin else {
            return .problem(
                "space", "\(free.inBytes) free",
                "make room: builds wait for space, and writes fail when there is none")
        }
        return .ok("space", "\(free.inBytes) free")
    }

    private func permissions() throws -> Finding {
        var status = stat()
        guard stat(store.directory, &status) == 0 else {
            throw GaplessError.ofSystem("\(store.directory) cannot be looked at", number: errno)
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            return .note(
                "permissions", "others may enter the folder (mode \(mode))",
                "chmod 700 \(store.directory), unless it is meant so")
        }
        return .ok("permissions", "the folder is its owner's only")
    }

    private func openFiles() -> Finding {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < Self.openFilesMin
        else {
            return .ok("open files", "enough")
        }
        return .problem("open files", "only \(limit.rlim_cur) may be open", "ulimit -n 1024 before the start")
    }

    private func readers() throws -> Finding {
        let cleared = try store.environment.staleReadersCleared()
        guard cleared > 0 else { return .ok("readers", "no reader that died holds old pages") }
        return .note(
            "readers", "\(cleared) readers had died and held old pages; they are cleared now", nil)
    }

    private func socket() throws -> Finding {
        let path = "\(store.directory)/coordinator.sock"
        guard path.utf8.count < Self.socketPathMax else {
            return .problem(
                "socket", "the path \(path) is too long for a socket",
                "choose a shorter folder, or --listen ipc:///run/gapless.sock and --coordinator the same")
        }
        let isRunning = try LiveStatus.isCoordinatorRunning(in: store.directory)
        if isRunning { return .ok("socket", "a coordinator is running") }
        guard access(path, F_OK) == 0 else { return .ok("socket", "no coordinator is running") }
        return .note(
            "socket", "\(path) is left of a coordinator that was killed", "nothing: the next one takes it over")
    }

    private func versions() throws -> [Finding] {
        let indexes = try store.read { txn in try store.catalog(in: txn).indexes }
        let others = indexes.filter { index in
            index.generations.contains { $0.keyRules != EntryExtractor.version }
        }
        guard !others.isEmpty else {
            return [.ok("versions", "every index was built by key rules \(EntryExtractor.version)")]
        }
        return others.map { index in
            .problem(
                "versions", "\(index.fullName) was built by other key rules than this program's: it does not answer",
                "use the program that built it, or drop it and create it again")
        }
    }

    private func leftovers() throws -> [Finding] {
        let open = try Ledger(store).images().filter { $0.row.state == .open }.map(\.row.id)
        let runs = try RunFolder(environment: store.directory).jobs().filter { !open.contains($0) }
        var found: [Finding] = []
        if !runs.isEmpty {
            found.append(
                .note(
                    "leftovers", "runs of \(runs.count) jobs that are over",
                    "nothing: the next coordinator removes them"))
        }
        for name in try names(in: store.directory) where name.hasPrefix(AppendTrial.folderPrefix) {
            let isAlive = pid_t(name.dropFirst(AppendTrial.folderPrefix.count)).map { kill($0, 0) == 0 } ?? false
            if isAlive { continue }
            found.append(
                .note("leftovers", "\(store.directory)/\(name) is left of an explain that was killed", "remove it"))
        }
        return found.isEmpty ? [.ok("leftovers", "none")] : found
    }

    private func names(in directory: String) throws -> [String] {
        guard let folder = opendir(directory) else {
            throw GaplessError.ofSystem("\(directory) cannot be read", number: errno)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.sorted()
    }

    /// What `status` knows to be wrong, and what somebody may have forgotten.
    private func builds() throws -> [Finding] {
        let status = try ClusterStatus(of: store)
        var found = status.problems.map { Finding.problem("builds", $0, "see gapless status and gapless index show") }
        for index in status.indexes where index.state == .paused || index.rebuild?.state == .paused {
            found.append(.note("builds", "\(index.index) is paused", "gapless index resume \(index.index)"))
        }
        for index in status.indexes where index.waived > 0 {
            found.append(
                .note(
                    "builds", "\(index.index) goes without \(index.waived) records", "rewrite them, and it holds them"))
        }
        return found.isEmpty ? [.ok("builds", "nothing is held up")] : found
    }
}
