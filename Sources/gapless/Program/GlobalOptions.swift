import ArgumentParser
import Logging
import Tables

/// The options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the database.", discussion: "GAPLESS_DB; default gapless-data", valueName: "dir"))
    var db: String?

    @Flag(help: "Print results, and an error on standard error, as JSON.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "How log lines look: text or json.", discussion: "GAPLESS_LOG_FORMAT; default text", valueName: "format"))
    var logFormat: LogFormat?

    @Option(
        help: ArgumentHelp(
            "The least important log lines shown: trace, debug, info, notice, warning, error or critical.",
            discussion: "GAPLESS_LOG_LEVEL; default info", valueName: "level"))
    var logLevel: Logger.Level?

    /// The folder of the database.
    var directory: String { Setting.text(flag: db, variable: "GAPLESS_DB") ?? "gapless-data" }

    /// A logger for this process: lines on standard error.
    func logger(_ label: String) throws -> Logger {
        let format = try Setting.value(flag: logFormat, variable: "GAPLESS_LOG_FORMAT") ?? LogFormat.text
        let level = try Setting.value(flag: logLevel, variable: "GAPLESS_LOG_LEVEL") ?? Logger.Level.info
        return Logger(label: label) { label in
            var handler = LineLogHandler(label: label, format: format)
            handler.logLevel = level
            return handler
        }
    }

    /// Opens the database; `creation` says what may happen to a folder that is none yet.
    func openStore(_ creation: Store.Creation = .never) throws -> Store {
        try Store.open(at: directory, creation: creation)
    }
}
