import Glibc
import Supervision
import Values

/// PostgreSQL's CREATE INDEX CONCURRENTLY, on a server of our own: durable, a socket in a folder, no network.
final class PostgresPeer: Peer {
    let name = "PostgreSQL CREATE INDEX CONCURRENTLY"
    /// How long the server may take until it answers.
    private static let startSeconds = 60.0
    /// Two parallel workers and as much memory as a worker of Gapless may have; no checkpoint within a build.
    private static let settings = [
        "listen_addresses=", "shared_buffers=1GB", "maintenance_work_mem=256MB", "max_wal_size=16GB",
        "checkpoint_timeout=1h", "max_parallel_maintenance_workers=2", "autovacuum=off",
        "log_min_messages=fatal",
    ]

    private let bench: Bench
    private let folders: [String]
    private let children: Children
    private let clients: Children
    private let client: String

    init(_ bench: Bench) throws {
        self.bench = bench
        children = bench.makeChildren()
        clients = bench.makeChildren()
        folders = Self.serverFolders()
        client = try InstalledProgram.path(
            "psql", of: "PostgreSQL", package: "postgresql-client", folders: folders)
        for program in ["initdb", "postgres"] { _ = try path(program) }
    }

    /// Where Debian keeps the programs of servers, the newest first.
    private static func serverFolders() -> [String] {
        stride(from: 40, through: 9, by: -1).map { "/usr/lib/postgresql/\($0)/bin" }.filter { access($0, X_OK) == 0 }
    }

    private func path(_ program: String) throws -> String {
        try InstalledProgram.path(program, of: "PostgreSQL", package: "postgresql", folders: folders)
    }

    func prepare(_ source: SourceTable, rows: () throws -> String) throws {
        let folder = try bench.folder.makeFolder("postgres")
        let data = "\(folder)/data"
        let prefix = try unprivileged(folder)
        let initialize =
            prefix + [
                try path("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale",
            ]
        _ = try clients.run(initialize[0], Array(initialize.dropFirst()), named: "initdb")
        let serve = prefix + [try path("postgres"), "-D", data, "-k", folder] + Self.settings.flatMap { ["-c", $0] }
        let server = try children.start(serve[0], Array(serve.dropFirst()), named: "postgres")
        try waitForServer(server)
        let columns = source.options.data.columns.map { "\"\($0.name)\" \(Self.type(of: $0))" }
        _ = try query([
            "CREATE TABLE bench (\(columns.joined(separator: ", ")))", "\\copy bench FROM '\(try rows())'",
            "VACUUM ANALYZE bench", "CHECKPOINT",
        ])
    }

    private static func type(of column: DataSet.Column) -> String {
        switch column.kind {
        case .integer: column.name == "id" ? "bigint PRIMARY KEY" : "bigint"
        case .double: "double precision"
        case .text: "text"
        case .list: "text[]"
        }
    }

    func build(on field: FieldPath) throws -> PeerBuild {
        let said = try query([
            "\\timing on", "CREATE INDEX CONCURRENTLY bench_index ON bench (\"\(field.text)\")", "\\timing off",
            "SELECT 'bytes', pg_relation_size('bench_index')", "DROP INDEX bench_index", "CHECKPOINT",
        ])
        guard let millis = InstalledProgram.number(behind: "Time:", in: said) else {
            throw BenchFailure("psql did not tell how long CREATE INDEX took; it said: \(said)")
        }
        let bytes = InstalledProgram.number(behind: "bytes|", in: said) ?? 0
        return PeerBuild(seconds: millis / 1_000, indexBytes: UInt64(bytes))
    }

    private func query(_ lines: [String]) throws -> String {
        let common = [
            "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", bench.folder.path("postgres"), "-U", "postgres",
        ]
        return try clients.run(client, common + lines.flatMap { ["-c", $0] }, named: "psql")
    }

    private func waitForServer(_ server: ChildProcess) throws {
        let watch = Stopwatch()
        let socket = bench.folder.path("postgres/.s.PGSQL.5432")
        while true {
            try children.requireRunning()
            if access(socket, F_OK) == 0 {
                do {
                    _ = try query(["SELECT 1"])
                    return
                } catch let failure as BenchFailure {
                    guard watch.seconds < Self.startSeconds else { throw failure }
                }
            }
            guard watch.seconds < Self.startSeconds else {
                throw BenchFailure("the server of PostgreSQL did not answer within \(Int(Self.startSeconds)) s")
            }
            Stopwatch.sleep(milliseconds: 50)
        }
    }

    /// Of the first of these users that there is.
    private static func passwordEntry(_ names: [String]) -> passwd? {
        for name in names {
            if let entry = getpwnam(name) { return entry.pointee }
        }
        return nil
    }

    /// The server refuses to run as root: the user that owns the folder from now on runs it.
    private func unprivileged(_ folder: String) throws -> [String] {
        guard geteuid() == 0 else { return ["/usr/bin/env"] }
        guard let user = Self.passwordEntry(["postgres", "nobody"]) else {
            throw BenchFailure(
                "PostgreSQL does not run as root, and there is no user postgres or nobody: run as another")
        }
        guard chown(folder, user.pw_uid, user.pw_gid) == 0 else { throw SystemCallFailure("chown", folder) }
        // The user must be able to pass through it.
        guard chmod(bench.folder.path, 0o711) == 0 else { throw SystemCallFailure("chmod", bench.folder.path) }
        let program = try InstalledProgram.path("setpriv", of: "PostgreSQL", package: "util-linux")
        return [program, "--reuid=\(user.pw_uid)", "--regid=\(user.pw_gid)", "--clear-groups", "--"]
    }
}
