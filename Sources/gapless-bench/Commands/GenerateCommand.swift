import ArgumentParser
import Glibc
import Supervision

/// `gapless-bench generate`.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Print a data set as NDJSON; the same for a seed on every machine.",
        discussion: """
            Example:
              gapless-bench generate --records 1000000 >people.ndjson
              gapless-bench generate --records 1000 --data long-keys >long-keys.ndjson
            """)

    @Option(help: ArgumentHelp("How many records.", valueName: "n")) var records: UInt64
    @Option(help: "Which data set.") var data = DataSet.people
    @Option(help: ArgumentHelp("What the random values are made from.", valueName: "n")) var seed: UInt64 = 1

    func run() throws {
        ShutdownSignals.ignoreBrokenPipes()
        do {
            try DataSetFile(records: records, seed: seed, data: data).write(to: STDOUT_FILENO, named: "standard output")
        } catch let failure as SystemCallFailure where failure.code == EPIPE {
            return  // Whoever read it has enough.
        }
    }
}
