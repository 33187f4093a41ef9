internal import Glibc
public import LMDB
internal import Values

extension Store.Creation {
    /// Whether a folder may become a database that is none of any program yet.
    fileprivate var mayMake: Bool {
        if case .ifMissing = self { true } else { false }
    }
}

extension Store {
    /// What may happen to a folder that is no Gapless database yet.
    public enum Creation: Sendable {
        /// Nothing: opening it is an error.
        case never
        /// A missing or empty folder becomes one; an environment of another program stays untouched.
        case ifMissing
        /// An environment of another program becomes one beside what it holds, if it holds this database.
        case adopting(database: String)
    }

    /// The version that programs built from this source stamp on what they build.
    public static let currentProgramVersion = "1.0.0"

    /// Opens a folder, and makes it a database first if `creation` says so.
    ///
    /// Throws `NO_SUCH_DATABASE` (missing, empty), `NOT_A_DATABASE` (something else is there), `NOT_PERMITTED`,
    /// `INCOMPATIBLE_VERSION` (a newer Gapless made it), `NO_SPACE`, `CORRUPT`. One store a process and folder.
    @available(*, noasync)
    public static func open(
        at directory: String, creation: Creation = .never, options: Environment.Options = .init(),
        programVersion: String = Store.currentProgramVersion, faultyVersions: [FaultyVersion] = FaultyVersion.known
    ) throws -> Store {
        try open(
            at: directory, creation: creation, options: options, programVersion: programVersion,
            faultyVersions: faultyVersions, clock: utcNow)
    }

    /// As the public function, with the time of day from `clock`.
    static func open(
        at directory: String, creation: Creation, options: Environment.Options = .init(),
        programVersion: String = Store.currentProgramVersion, faultyVersions: [FaultyVersion] = FaultyVersion.known,
        clock: @escaping @Sendable () -> String
    ) throws -> Store {
        try prepareFolder(directory, creation, isReadOnly: options.isReadOnly)
        do {
            let environment = try Environment.open(at: directory, options: options)
            let id = try identify(environment, directory, creation)
            return Store(
                directory: directory, environment: environment, environmentID: id, programVersion: programVersion,
                faultyVersions: faultyVersions, clock: clock)
        } catch let error as LMDBError {
            var wrapped = GaplessError(wrapping: error)
            let cause = isHeldByNamesake(error) ? namesake(getpid()) : wrapped.message
            wrapped.message = "cannot open \(directory): \(cause)"
            throw wrapped
        }
    }

    /// LMDB marks each process that reads by a lock on the byte of `lock.mdb` that has its PID for an offset. The first
    /// transaction takes it, and cannot where another process of the same PID, hence of another namespace, has it.
    private static func isHeldByNamesake(_ error: LMDBError) -> Bool {
        error.call == "mdb_txn_begin" && (error.code == .system(EAGAIN) || error.code == .system(EACCES))
    }

    private static func namesake(_ pid: Int32) -> String {
        "another process that is PID \(pid) too, in a PID namespace of its own, has it open, as happens between "
            + "containers: let all of them share one namespace (compose: pid, Kubernetes: shareProcessNamespace)"
    }

    /// The time of day, RFC 3339 in UTC.
    @Sendable private static func utcNow() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let millis = UInt32(now.tv_nsec / 1_000_000) * 1_000_000
        return Timestamp(seconds: Int64(now.tv_sec), nanoseconds: millis).description
    }

    /// Checks the folder, or makes it, before LMDB would fill it with files.
    private static func prepareFolder(_ directory: String, _ creation: Creation, isReadOnly: Bool) throws {
        var status = stat()
        if stat(directory, &status) != 0 {
            guard errno == ENOENT else { throw GaplessError(system: errno, "\(directory): \(reason(errno))") }
            guard creation.mayMake else { throw noDatabase(directory, "the folder does not exist") }
            try makeFolder(directory)
        } else if status.st_mode & S_IFMT != S_IFDIR {
            throw GaplessError(.notADatabase, "\(directory) is not a folder: --db names the folder of a database")
        }
        let access = isReadOnly ? R_OK | X_OK : R_OK | W_OK | X_OK
        guard Glibc.access(directory, access) == 0 else {
            let need = isReadOnly ? "read" : "write"
            throw GaplessError(.notPermitted, "cannot \(need) the folder \(directory): \(reason(errno))")
        }
        if !creation.mayMake, Glibc.access("\(directory)/data.mdb", F_OK) != 0 {
            throw noDatabase(directory, "the folder holds no database")
        }
    }

    private static func makeFolder(_ directory: String) throws {
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw GaplessError(system: errno, "cannot make the folder \(directory): \(reason(errno))")
        }
    }

    private static func reason(_ number: Int32) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text)
    }

    private static func noDatabase(_ directory: String, _ what: String) -> GaplessError {
        GaplessError(
            .noSuchDatabase,
            "there is no database in \(directory) (\(what)): gapless table create makes one, --db names it")
    }

    /// Reads who the environment is, or writes it into one that may become ours.
    private static func identify(_ environment: Environment, _ directory: String, _ creation: Creation) throws -> String
    {
        if let id = try environment.read({ try readIdentity($0, directory) }) { return id }
        return try environment.write { txn in
            if let id = try readIdentity(txn, directory) { return id }
            // Transaction 1 is the first that an environment ever had: whatever commits later found something here.
            let isFresh = txn.id <= 1
            switch creation {
            case .ifMissing where isFresh: break
            case .adopting(let database): try checkForeign(database, in: txn, directory)
            case .never, .ifMissing: throw notOurs(directory)
            }
            return try writeIdentity(txn)
        }
    }

    private static func notOurs(_ directory: String) -> GaplessError {
        GaplessError(
            .notADatabase,
            "\(directory) is an LMDB environment of another program, and is left as it is: "
                + "name another folder with --db, or take one of its databases for a table (gapless table attach)")
    }

    /// Throws unless another program's environment holds a database of this name: else it is left as it is.
    private static func checkForeign(
        _ name: String, in txn: borrowing WriteTransaction, _ directory: String
    ) throws {
        let all = try txn.databaseNames()
        guard !name.isEmpty else { throw unnamed }
        guard all.contains(name) else { throw noForeign(name, all, in: directory) }
    }

    /// The environment's id, or nil if Gapless never wrote to it.
    private static func readIdentity(
        _ txn: borrowing some ReadableTransaction & ~Copyable, _ directory: String
    ) throws -> String? {
        guard let catalog = try txn.databaseIfPresent(CatalogStorage.database) else { return nil }
        guard let format = try txn.value(of: CatalogStorage.formatKey, in: catalog) else { return nil }
        let words = String(decoding: format, as: UTF8.self).split(separator: " ")
        guard words.count == 2, words[0] == "gapless", let version = Int(words[1]) else {
            throw GaplessError(.corrupt, "the catalog of \(directory) does not say its format")
        }
        guard version <= CatalogStorage.formatVersion else {
            let known = CatalogStorage.formatVersion
            throw GaplessError(
                .incompatibleVersion,
                "\(directory) has format \(version), this program knows formats up to \(known): use a newer gapless")
        }
        guard let id = try txn.value(of: CatalogStorage.environmentKey, in: catalog), id.count == 16 else {
            throw GaplessError(.corrupt, "the catalog of \(directory) holds no environment id")
        }
        return id.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }

    private static func writeIdentity(_ txn: borrowing WriteTransaction) throws -> String {
        let catalog = try txn.createDatabase(CatalogStorage.database)
        _ = try txn.createDatabase(badRecordsDatabase)
        let id = CatalogStorage.randomBytes(16)
        try txn.put(CatalogStorage.formatKey, Array("gapless \(CatalogStorage.formatVersion)".utf8), in: catalog)
        try txn.put(CatalogStorage.environmentKey, id, in: catalog)
        try txn.put(CatalogStorage.stampKey, CatalogStorage.randomBytes(CatalogStorage.stampBytes), in: catalog)
        return id.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }
}
