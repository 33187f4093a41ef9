import ArgumentParser
import Glibc
import Supervision
import Values

/// `gapless-bench floors`.
struct FloorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "floors", abstract: "Import, then build indexes with real processes, beside the floors.",
        discussion: """
            Generates the data set, imports it with gapless import, starts a coordinator and workers, declares an \
            index on each field in one transaction, and waits until all are ready, while an application does one small \
            durable put a transaction, 500 a second. Ratios above 1 are better than the floor; a ratio below 1 is no \
            failure.

            Example:
              gapless-bench floors --records 5000000 --fields email,city --json
            """)

    @Option(help: ArgumentHelp("How many records.", valueName: "n")) var records: UInt64 = 5_000_000
    @Option(help: ArgumentHelp("How many workers.", valueName: "n")) var workers = 2
    @Option(help: ArgumentHelp("The indexed fields: email, created_at, city, tags.", valueName: "field,..."))
    var fields = "email"
    @Option(help: ArgumentHelp("What the random values are made from.", valueName: "n")) var seed: UInt64 = 1
    @Option(
        help: ArgumentHelp("Keep the database here; one that holds the records is not imported anew.", valueName: "dir")
    )
    var db: String?
    @Flag(help: "No application writes meanwhile.") var noWriter = false
    @Flag(help: "Print the figures as JSON.") var json = false

    func validate() throws {
        guard records > 0 else { throw ValidationError("--records takes a number from 1 on.") }
        guard (1...1_024).contains(workers) else { throw ValidationError("--workers takes a number from 1 to 1024.") }
    }

    func run() throws {
        let fields = try fields.split(separator: ",").map { try FieldPath(String($0)) }
        guard !fields.isEmpty else { throw ValidationError("--fields names no field.") }
        let output = try ReportOutput()
        let folder = try WorkFolder(database: db)
        let program = try Program(directory: folder.database)
        try ShutdownSignals.install { _ in Self.endEarly(program, folder) }
        let run = FloorsRun(
            records: records, workers: workers, seed: seed, fields: fields, hasWriter: !noWriter, folder: folder,
            program: program, say: ReportOutput.say)
        do {
            let figures = try run.run()
            try output.write(figures, text: figures.text, asJSON: json)
        } catch {
            try program.killAll()
            try folder.remove()
            throw error
        }
        try folder.remove()
    }

    /// Leaves nothing behind on a signal either.
    private static func endEarly(_ program: Program, _ folder: WorkFolder) {
        do {
            try program.killAll()
            try folder.remove()
        } catch {
            ReportOutput.say("something stays behind: \(error)")
        }
        Glibc.exit(130)
    }
}
