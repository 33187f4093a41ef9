import ArgumentParser
import Tables
import Values

/// `gapless index explain`.
struct IndexExplain: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Tell what an index would be: entries, size, time, what would block it.",
        discussion: """
            Nothing is written. Every record is looked at, or about N of them, spread over the table. Exit code 1 if a
            record could not be indexed or there is too little free space.

            Example:
              gapless index explain people address.city,age
              gapless index explain people tags --sample 10000 --json
            """)

    @Argument(help: "The table.", completion: .table) var table: String
    @Argument(help: ArgumentHelp("The fields, in key order.", valueName: "field,...")) var fields: String
    @Option(help: ArgumentHelp("Look at about so many records; default: all.", valueName: "n")) var sample: Int?
    @Option(help: ArgumentHelp("Workers of the build; default: the cores.", valueName: "n")) var workers: Int?
    @Flag(help: "Leave null out of the index.") var noNulls = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        try WorkerCount.check(workers)
        if let sample, sample < 1 {
            throw ValidationError("--sample takes a number of records from 1 on, not \(sample).")
        }
    }

    func run() throws {
        let definition = IndexDefinition(fields: try FieldPath.list(fields), indexesNulls: !noNulls)
        let store = try global.openStore()
        let exists = try existing(definition, in: store)
        var bar = ProgressBar("examining \(table)", unit: "records", log: try global.logger("explain"))
        let estimate = try store.estimate(definition, on: table, sample: sample) { examined, total in
            bar.update(done: UInt64(examined), total: UInt64(total))
        }
        bar.clear()
        let report = try ExplainReport(
            estimate, index: "\(table).\(definition.effectiveName)", table: table,
            fields: definition.fields.map(\.text), exists: exists, freeBytes: DiskSpace.free(at: store.directory),
            workers: WorkerCount.resolve(workers),
            entriesPerSecond: AppendTrial(directory: store.directory).entriesPerSecond(of: estimate.kept))
        try show(report, text: report.text)
        if !report.isClean { throw ExitCode(1) }
    }

    /// `people.email, ready`: an index of the same meaning, whatever its name.
    private func existing(_ definition: IndexDefinition, in store: Store) throws -> String? {
        try store.read { txn in
            let indexes = try store.catalog(in: txn).indexes(of: store.table(table, in: txn))
            return indexes.first { $0.fingerprint == definition.fingerprint }.map {
                "\($0.fullName), \($0.state.rawValue)"
            }
        }
    }
}
