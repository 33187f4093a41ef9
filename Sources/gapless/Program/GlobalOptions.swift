import ArgumentParser
import Logging
import Tables

/// The options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder of the database (GAPLESS_DB; default: gapless-data).", valueName: "dir"),
        completion: .directory)
    var db: String?

    @Flag(help: "Print results, and an error on standard error, as JSON.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Settings for flags that are not given: JSON, comments allowed, keys as the flags (GAPLESS_CONFIG).",
            valueName: "file"), completion: .file())
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Append log lines to this file (GAPLESS_LOG_FILE; default: standard error).", valueName: "file"),
        completion: .file())
    var logFile: String?

    @Option(help: ArgumentHelp("How log lines look (GAPLESS_LOG_FORMAT; default: text).", valueName: "format"))
    var logFormat: LogFormat?

    @Option(
        help: ArgumentHelp(
            "The least important log lines shown (GAPLESS_LOG_LEVEL; default: info).", valueName: "level"))
    var logLevel: Logger.Level?

    /// Called by the parser; the file is read before the command runs.
    func validate() throws {
        Configuration.choose(flag: config)
    }

    /// The folder of the database.
    var directory: String { Setting.text(flag: db, variable: "GAPLESS_DB") ?? "gapless-data" }

    /// A logger for this process, whose lines go where the settings say, now and after they were read again.
    func logger(_ label: String) throws -> Logger {
        try LogSink.shared.use(logSettings())
        return Logger(label: label) { LiveLogHandler(label: $0, sink: .shared) }
    }

    /// What the settings say of the log.
    func logSettings() throws -> LogSink.Settings {
        LogSink.Settings(
            path: Setting.text(flag: logFile, variable: "GAPLESS_LOG_FILE"), format: try format(), level: try level())
    }

    /// How log lines look.
    func format() throws -> LogFormat {
        try Setting.value(flag: logFormat, variable: "GAPLESS_LOG_FORMAT") ?? .text
    }

    /// The least important log lines shown.
    func level(default level: Logger.Level = .info) throws -> Logger.Level {
        try Setting.value(flag: logLevel, variable: "GAPLESS_LOG_LEVEL") ?? level
    }

    /// The flags among these that a process of the same program must be given to see the same settings.
    ///
    /// Variables are inherited, and the file is named: so a change of it reaches the other process too.
    func flagsForChildren(level: Logger.Level?) -> [String] {
        let flags: [(String, String?)] = [
            ("--config", config), ("--log-file", logFile), ("--log-format", logFormat?.rawValue),
            ("--log-level", level?.rawValue),
        ]
        return flags.flatMap { name, value in value.map { [name, $0] } ?? [] }
    }

    /// Opens the database; `creation` says what may happen to a folder that is none yet.
    func openStore(_ creation: Store.Creation = .never) throws -> Store {
        let store = try Store.open(at: directory, creation: creation)
        try LockWatch.start(store.environment, log: logger("store"))
        return store
    }
}
