import ArgumentParser

/// `gapless-bench query`.
struct QueryCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "A query by equality on a ready index, against a loop in C over the same entries.",
        discussion: """
            Both look the same values of random records up and read each record found; the answers must be as many.

            Examples:
              gapless-bench query --records 1000000
              gapless-bench query --records 1000000 --fields city --queries 1000
            """)

    @OptionGroup var data: DataOptions
    @Option(help: ArgumentHelp("The field.", valueName: "field")) var fields: String?
    @Option(help: ArgumentHelp("How many queries a round.", valueName: "n")) var queries = 100_000
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard queries > 0 else { throw ValidationError("--queries takes a number from 1 on.") }
    }

    func measure(in bench: Bench) throws -> BenchReport {
        let fields = try data.fields(fields)
        guard fields.count == 1 else { throw ValidationError("--fields takes one field here.") }
        return try QueryRun(bench: bench, options: data, field: fields[0], queriesCount: queries).run()
    }
}
