import ArgumentParser
import Values

/// What is measured on, and how often.
struct DataOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many records.", valueName: "n")) var records: UInt64 = 1_000_000
    @Option(help: "Which data set.") var data = DataSet.people
    @Option(help: ArgumentHelp("What the random values are made from.", valueName: "n")) var seed: UInt64 = 1
    @Option(help: ArgumentHelp("How often each is measured; medians are shown.", valueName: "n")) var rounds = 3
    @Option(help: ArgumentHelp("How many workers.", valueName: "n")) var workers = 2
    @Option(
        help: ArgumentHelp(
            "Keep the imported records here, or take them from here: only copies are worked on.", valueName: "dir"))
    var db: String?

    func validate() throws {
        guard records > 0 else { throw ValidationError("--records takes a number from 1 on.") }
        guard (1...1_024).contains(workers) else { throw ValidationError("--workers takes a number from 1 to 1024.") }
        guard (1...1_000).contains(rounds) else { throw ValidationError("--rounds takes a number from 1 to 1000.") }
    }

    /// As reports show it.
    var settings: [String: String] {
        [
            "records": Figure.grouped(records), "data": data.rawValue, "seed": "\(seed)", "workers": "\(workers)",
            "cores": "\(Machine.cores)", "rounds": "\(rounds)",
        ]
    }

    /// `email,city` as paths; nothing: what the data set is indexed by.
    func fields(_ names: String?) throws -> [FieldPath] {
        let paths = try (names ?? data.field).split(separator: ",").map { try FieldPath(String($0)) }
        guard !paths.isEmpty else { throw ValidationError("--fields names no field.") }
        return paths
    }
}
