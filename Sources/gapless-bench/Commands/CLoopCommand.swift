import ArgumentParser
import CPeer

/// `gapless-bench c-loop`: what the bench runs of itself, so that a loop in C has the environment to itself.
struct CLoopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "c-loop", abstract: "Build an index by a plain loop in C; print seconds, bytes, entries.",
        shouldDisplay: false)

    @Argument(help: "append or puts.") var way: String
    @Argument(help: "The folder of the database.") var directory: String
    @Argument(help: "The name of the records' database in it.") var records: String
    @Argument(help: "The field.") var field: String
    @Argument(help: "The folder of the new database.") var target: String

    func run() throws {
        guard let way = CLoopPeer.Way(rawValue: way) else { throw ValidationError("append or puts, not \(way).") }
        let result = try CLoop.build(way, from: directory, records: records, field: field, to: target)
        print(result.seconds, result.index_bytes, result.entries)
    }
}
