import ArgumentParser
import Glibc
import Logging

/// Where a setting comes from: its flag, else its variable, else the configuration file, else (nil) the default of
/// whoever asks.
enum Setting: String, CaseIterable, Sendable {
    case db, coordinator, grace, http, listen, workers
    case logFile = "log-file"
    case logFormat = "log-format"
    case logLevel = "log-level"
    case recordsPerRange = "records-per-range"
    case tokenFile = "token-file"

    /// The variable: GAPLESS_LOG_LEVEL for the flag --log-level.
    var variable: String { Setting.variable(ofKey: rawValue) }

    /// Whether a process that reads its settings anew follows a change; others need a restart.
    var isLive: Bool {
        switch self {
        case .grace, .logFile, .logFormat, .logLevel, .recordsPerRange: true
        case .db, .coordinator, .http, .listen, .tokenFile, .workers: false
        }
    }

    /// Whether a value can be used at all.
    func accepts(_ text: String) -> Bool {
        switch self {
        case .db, .coordinator, .http, .listen, .logFile, .tokenFile: !text.isEmpty
        case .grace: TimeSpan(argument: text) != nil
        case .logFormat: LogFormat(argument: text) != nil
        case .logLevel: Logger.Level(argument: text) != nil
        case .recordsPerRange: Int(text).map(CoordinatorCommand.recordsPerRangeAllowed.contains) ?? false
        case .workers: Int(text).map(WorkerCount.allowed.contains) ?? false
        }
    }

    /// What `accepts` wants, for messages.
    var expectation: String {
        switch self {
        case .db: "the folder of a database"
        case .coordinator, .listen: "an endpoint such as ipc://PATH"
        case .grace: "a time such as 10s or 500ms"
        case .http: "an address and a port such as 127.0.0.1:8432"
        case .logFile, .tokenFile: "the path of a file"
        case .logFormat: LogFormat.allCases.map(\.rawValue).joined(separator: " or ")
        case .logLevel: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
        case .recordsPerRange: "a number from 1 to \(CoordinatorCommand.recordsPerRangeAllowed.upperBound)"
        case .workers: "a number from 1 to \(WorkerCount.allowed.upperBound)"
        }
    }

    private static func variable(ofKey key: String) -> String {
        "GAPLESS_" + String(key.map { $0 == "-" ? "_" : $0 }).uppercased()
    }

    /// The value, as text, of the setting with this variable.
    static func text(flag: String?, variable: String) -> String? {
        if let flag { return flag }
        if let value = environment(variable) { return value }
        return allCases.first { $0.variable == variable }.flatMap { Configuration.current[$0] }
    }

    /// A variable of this process; nil if it is unset or empty.
    static func environment(_ variable: String) -> String? {
        guard let value = getenv(variable) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Throws a usage error for a variable that holds no such value; a flag was checked by the parser, and the
    /// configuration file when it was read.
    static func value<Value: ExpressibleByArgument>(flag: Value?, variable: String) throws -> Value? {
        if let flag { return flag }
        guard let text = text(flag: nil, variable: variable) else { return nil }
        guard let value = Value(argument: text) else {
            throw ValidationError("The variable \(variable) holds '\(text)', which is not a value it can have.")
        }
        return value
    }
}
