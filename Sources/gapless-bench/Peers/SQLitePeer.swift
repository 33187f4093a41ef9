import Values

/// SQLite's CREATE INDEX with two sorting threads; the table is locked meanwhile.
final class SQLitePeer: Peer {
    let name = "SQLite CREATE INDEX"
    /// Durable as Gapless is, and with the memory that a worker of it may have.
    static let settings = "PRAGMA synchronous=FULL; PRAGMA threads=2; PRAGMA cache_size=-262144;"

    private let program: String
    private let children: Children
    private let file: String

    init(_ bench: Bench) throws {
        program = try InstalledProgram.path("sqlite3", of: "SQLite", package: "sqlite3")
        children = bench.makeChildren()
        file = bench.folder.path("sqlite.db")
    }

    func prepare(_ source: SourceTable, rows: () throws -> String) throws {
        let columns = source.options.data.columns.map { column in
            let type =
                switch column.kind {
                case .integer: column.name == "id" ? "INTEGER PRIMARY KEY" : "INTEGER"
                case .double: "REAL"
                case .text, .list: "TEXT"
                }
            return "\"\(column.name)\" \(type)"
        }
        _ = try run([
            "PRAGMA journal_mode=WAL;", "CREATE TABLE bench (\(columns.joined(separator: ", ")));", ".mode tabs",
            ".import \(try rows()) bench", "PRAGMA wal_checkpoint(TRUNCATE);",
        ])
    }

    func build(on field: FieldPath) throws -> PeerBuild {
        let said = try run([
            Self.settings, ".timer on", "CREATE INDEX bench_index ON bench (\"\(field.text)\");", ".timer off",
            "PRAGMA wal_checkpoint(TRUNCATE);",
            "SELECT 'bytes', sum(pgsize) FROM dbstat WHERE name = 'bench_index';", "DROP INDEX bench_index;",
            "PRAGMA wal_checkpoint(TRUNCATE);",
        ])
        guard let seconds = InstalledProgram.number(behind: "Run Time: real", in: said) else {
            throw BenchFailure("sqlite3 did not tell how long CREATE INDEX took; it said: \(said)")
        }
        let bytes = InstalledProgram.number(behind: "bytes|", in: said) ?? 0
        return PeerBuild(seconds: seconds, indexBytes: UInt64(bytes))
    }

    /// From a file: the shell times no statements that stand among its arguments.
    private func run(_ lines: [String]) throws -> String {
        let script = file + ".script"
        try ReportOutput.write(Array(lines.map { $0 + "\n" }.joined().utf8), toFile: script)
        return try children.run(program, ["-batch", "-bail", file, ".read \(script)"], named: "sqlite3")
    }
}
