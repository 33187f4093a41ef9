import ArgumentParser
import CPeer

/// `gapless-bench c-lookup`: what the bench runs of itself, so that a loop in C has the environment to itself.
struct CLookupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "c-lookup", abstract: "Look prefixes up by a plain loop in C; print seconds, lookups, records.",
        shouldDisplay: false)

    @Argument(help: "The folder of the database.") var directory: String
    @Argument(help: "The name of the records' database in it.") var records: String
    @Argument(help: "The name of the index's database in it.") var index: String
    @Argument(help: "The file of the prefixes.") var prefixes: String

    func run() throws {
        let (bytes, ends) = try CLookupFile.read(prefixes)
        let result = try CLoop.lookUp(bytes, ends, in: directory, records: records, index: index)
        print(result.seconds, ends.count, result.found)
    }
}
