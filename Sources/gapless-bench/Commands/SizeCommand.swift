import ArgumentParser
import LMDB
import Tables

/// `gapless-bench size`.
struct SizeCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "size", abstract: "The size of an index, against a copy that mdb_load made.",
        discussion: """
            Builds each index and copies it into an empty environment with mdb_dump and mdb_load (lmdb-utils).

            Example:
              gapless-bench size --records 1000000 --fields email,created_at,city,tags
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The fields: one index each, in one job.", valueName: "list")) var fields: String?
    @OptionGroup var report: ReportOptions

    func measure(in bench: Bench) throws -> BenchReport {
        let tools = try ["mdb_dump", "mdb_load"].map {
            try InstalledProgram.path($0, of: "the size of a copy", package: "lmdb-utils")
        }
        let fields = try data.fields(fields)
        var report = BenchReport("size", settings: data.settings)
        let source = try SourceTable(data, in: bench)
        for round in 1...data.rounds {
            ReportOutput.say("round \(round) of \(data.rounds)")
            _ = try source.build(fields)
            for (name, database, bytes) in try indexes(in: bench) {
                let copy = try copiedBytes(of: database, by: tools, in: bench)
                report.add("\(name): index", Double(bytes) / 1_048_576, "MiB", .lower)
                report.add("\(name): copy by mdb_load", Double(copy) / 1_048_576, "MiB", .neither)
                report.add("\(name): index to copy", Double(bytes) / Double(max(copy, 1)), "x", .lower)
            }
        }
        return report
    }

    private func indexes(in bench: Bench) throws -> [(name: String, database: String, bytes: Int)] {
        let store = try Store.open(at: bench.folder.path("db"))
        return try store.read { txn in
            let table = try store.table(SourceTable.name, in: txn)
            return try store.catalog(in: txn).indexes(of: table).map { index in
                let entries = try store.entries(of: index, generation: index.lastGenerationNumber, in: txn)
                return (index.name, entries.name, try txn.wholeStatistics(of: entries).bytes)
            }
        }
    }

    private func copiedBytes(of database: String, by tools: [String], in bench: Bench) throws -> Int {
        let target = try bench.folder.makeFolder("copy")
        let pipe = "\"$1\" -s \"$3\" \"$4\" | \"$2\" -s \"$3\" \"$5\""
        _ = try bench.makeChildren().run(
            "/bin/bash", ["-o", "pipefail", "-c", pipe, "bash"] + tools + [database, bench.folder.path("db"), target],
            named: "mdb_dump | mdb_load")
        let environment = try Environment.open(at: target)
        return try environment.read { txn in try txn.wholeStatistics(of: txn.database(database)).bytes }
    }
}
