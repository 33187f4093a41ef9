import ArgumentParser
import Values

/// `gapless-bench import`.
struct ImportCommand: BenchCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "How long the import of NDJSON takes, by Gapless and by a loop in C++.",
        discussion: """
            Each round imports the same file into an empty database, with `gapless import`, then by each peer. Peers: \
            simdjson-c (a C++ loop on one thread that parses with simdjson and appends the same records as MessagePack \
            to LMDB, with a durable commit after each 8 MiB).

            Examples:
              gapless-bench import --records 5000000
              gapless-bench import --records 5000000 --peers simdjson-c
            """)

    @Option(help: ArgumentHelp("How many records.", valueName: "n")) var records: UInt64 = 1_000_000
    @Option(help: "Which data set.") var data = DataSet.people
    @Option(help: ArgumentHelp("What the random values are made from.", valueName: "n")) var seed: UInt64 = 1
    @Option(help: ArgumentHelp("How often; medians are shown.", valueName: "n")) var rounds = 3
    @Option(help: ArgumentHelp("Whom to compare with: \(ImportPeer.names).", valueName: "list")) var peers: String?
    @OptionGroup var report: ReportOptions

    func measure(in bench: Bench) throws -> BenchReport {
        var options = try DataOptions.parse([])
        (options.records, options.data, options.seed, options.rounds) = (records, data, seed, rounds)
        try options.validate()
        return try ImportRun(bench: bench, options: options, peers: ImportPeer.list(peers)).run()
    }
}
