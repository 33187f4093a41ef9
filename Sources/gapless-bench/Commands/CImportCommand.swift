import ArgumentParser
import CPeer

/// `gapless-bench c-import`: what the bench runs of itself, so that the loop in C++ has a process to itself.
struct CImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "c-import", abstract: "Import NDJSON by a plain loop in C++; print seconds, records.",
        shouldDisplay: false)

    @Argument(help: "The file.") var input: String
    @Argument(help: "The folder of the new database.") var target: String

    func run() throws {
        var result = cpeer_import()
        guard cpeer_import_by_append(input, target, &result) == 0 else {
            throw BenchFailure("the import by the loop in C++ failed: \(CLoop.text(result.message))")
        }
        print(result.seconds, result.records)
    }
}
