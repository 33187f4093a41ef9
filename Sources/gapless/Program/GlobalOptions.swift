import ArgumentParser
import Logging
import Tables

/// The options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the database (GAPLESS_DB; default: gapless-data).", valueName: "dir"))
    var db: String?

    @Flag(help: "Print results, and an error on standard error, as JSON.")
    var json = false

    @Option(help: ArgumentHelp("How log lines look (GAPLESS_LOG_FORMAT; default: text).", valueName: "format"))
    var logFormat: LogFormat?

    @Option(
        help: ArgumentHelp(
            "The least important log lines shown (GAPLESS_LOG_LEVEL; default: info).", valueName: "level"))
    var logLevel: Logger.Level?

    /// The folder of the database.
    var directory: String { Setting.text(flag: db, variable: "GAPLESS_DB") ?? "gapless-data" }

    /// A logger for this process: lines on standard error.
    func logger(_ label: String) throws -> Logger {
        let format = try format()
        let level = try level()
        return Logger(label: label) { label in
            var handler = LineLogHandler(label: label, format: format)
            handler.logLevel = level
            return handler
        }
    }

    /// How log lines look.
    func format() throws -> LogFormat {
        try Setting.value(flag: logFormat, variable: "GAPLESS_LOG_FORMAT") ?? .text
    }

    /// The least important log lines shown.
    func level(default level: Logger.Level = .info) throws -> Logger.Level {
        try Setting.value(flag: logLevel, variable: "GAPLESS_LOG_LEVEL") ?? level
    }

    /// Opens the database; `creation` says what may happen to a folder that is none yet.
    func openStore(_ creation: Store.Creation = .never) throws -> Store {
        try Store.open(at: directory, creation: creation)
    }
}
