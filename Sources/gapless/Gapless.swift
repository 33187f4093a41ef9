// The command line: one program whose commands read settings, call the modules, and turn results and errors into text,
// JSON and exit codes.
//
//   Commands/   one file a command
//   Program/    settings, errors, exit codes, log lines
//   Terminal/   what people see: progress, tables, widths
import ArgumentParser
import Glibc
import Supervision
import Tables

/// The program `gapless`.
@main
struct Gapless: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gapless",
        abstract: "Tables in LMDB with secondary indexes that answer completely or refuse.",
        discussion: """
            Every command works on one database, a folder: --db DIR, else GAPLESS_DB, else ./gapless-data.

            Example:
              gapless table create people --key id
              gapless import people people.ndjson
              gapless query people "id = 42"
            """,
        version: Store.currentProgramVersion,
        groupedSubcommands: [
            CommandGroup(
                name: "TABLES AND RECORDS",
                subcommands: [
                    TableCommand.self, ImportCommand.self, ExportCommand.self, PutCommand.self, GetCommand.self,
                    DeleteCommand.self,
                ]),
            CommandGroup(name: "INDEXES", subcommands: [IndexCommand.self, HistoryCommand.self, VerifyCommand.self]),
            CommandGroup(name: "QUERIES", subcommands: [QueryCommand.self]),
            CommandGroup(
                name: "BUILDING",
                subcommands: [
                    BuildCommand.self, UpCommand.self, CoordinatorCommand.self, WorkerCommand.self, StatusCommand.self,
                    RangesCommand.self, ThrottleCommand.self, DoctorCommand.self,
                ]),
            CommandGroup(name: "SERVING", subcommands: [ServeCommand.self, ManualCommand.self]),
        ])

    static func main() {
        ShutdownSignals.ignoreBrokenPipes()
        // A file at its size limit is an error of the write that meets it, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        Glibc.exit(run(arguments))
    }

    /// Parses and runs one command, prints what went wrong, and returns the exit code.
    static func run(_ arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            do {
                try Failpoints.arm(command: arguments.first)
                try Configuration.load()
                try command.run()
                try StandardOutput.shared.flush()
                return 0
            } catch {
                return ErrorReport.end(running: error, arguments: arguments)
            }
        } catch {
            return ErrorReport.end(parsing: error, arguments: arguments)
        }
    }
}
