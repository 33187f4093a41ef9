import ArgumentParser
import Glibc
import Status
import Supervision
import Tables
import Values

/// An error on its way to a user: what standard error shows and which code the program exits with.
struct ErrorReport {
    /// For people: `gapless: message`, and what to do on lines of its own.
    let text: String
    /// For scripts: one line of JSON.
    let json: String
    let exitCode: Int32

    init(_ error: any Error) {
        if let failure = error as? CommandFailure {
            text = "gapless: \(failure.message)\n"
            json = Self.line(failure)
            exitCode = failure.exitCode
        } else {
            let error = Self.gaplessError(of: error)
            text = "gapless: \(error.message)\n" + (Self.advice(for: error.code).map { "  \($0)\n" } ?? "")
            json = Self.line(error)
            exitCode = error.code.exitCode
        }
    }

    /// A wrong use of the command line, as the argument parser words it.
    init(usage message: String, command: String) {
        var lines = message.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("  See '") }
        if let first = lines.first, first.hasPrefix("Error: ") { lines[0] = String(first.dropFirst("Error: ".count)) }
        let failure = CommandFailure.usage(lines.first ?? "wrong usage")
        let rest = lines.dropFirst().map { "  \($0)\n" }.joined()
        text = "gapless: \(failure.message)\n\(rest)  See: \(command)\n"
        json = Self.line(failure)
        exitCode = failure.exitCode
    }

    /// The end of a program whose arguments could not be read, or asked for help or the version.
    static func end(parsing error: any Error, arguments: [String]) -> Int32 {
        let message = Gapless.fullMessage(for: error)
        guard Gapless.exitCode(for: error).isSuccess else {
            return printed(ErrorReport(usage: message, command: helpCommand(for: arguments)), arguments)
        }
        StandardOutput.shared.write(message + "\n")
        return flushed(0, arguments)
    }

    /// The end of a program whose command threw; returns the exit code.
    static func end(running error: any Error, arguments: [String]) -> Int32 {
        switch error {
        case is ClosedOutput: return 0
        case let code as ExitCode: return flushed(code.rawValue, arguments)
        case is ValidationError: return end(parsing: error, arguments: arguments)
        case let error where Gapless.exitCode(for: error).isSuccess: return end(parsing: error, arguments: arguments)
        default: return printed(ErrorReport(error), arguments)
        }
    }

    private static func flushed(_ code: Int32, _ arguments: [String]) -> Int32 {
        do {
            try StandardOutput.shared.flush()
            return code
        } catch is ClosedOutput {
            return code
        } catch {
            return printed(ErrorReport(error), arguments)
        }
    }

    private static func printed(_ report: ErrorReport, _ arguments: [String]) -> Int32 {
        do {
            // What was printed before the error belongs to the user too.
            try StandardOutput.shared.flush()
        } catch is ClosedOutput {
            return report.exitCode
        } catch {
            StandardError.write(ErrorReport(error).text)
        }
        StandardError.write(arguments.contains("--json") ? report.json + "\n" : report.text)
        return report.exitCode
    }

    /// What a log line says of an error: its message alone.
    static func message(of error: any Error) -> String {
        switch error {
        case let failure as CommandFailure: failure.message
        case let error as ValidationError: error.message
        default: gaplessError(of: error).message
        }
    }

    private static func gaplessError(of error: any Error) -> GaplessError {
        switch error {
        case let error as GaplessError: error
        case let error as FieldPathError: GaplessError(.badDefinition, "\(error)")
        case let error as RecordError: GaplessError(.badRecord, "\(error)")
        case let error as SystemFailure: GaplessError(failure: error)
        default: GaplessError(wrapping: error)
        }
    }

    /// What to do, where the message cannot say it because its thrower does not know the commands.
    private static func advice(for code: ErrorCode) -> String? {
        switch code {
        case .noSpace: "Free some space on the file system of the database, then run the command again."
        case .corrupt: "Nothing was changed. Keep a copy of the folder before anything else is tried."
        case .busy: "Another process is using what is needed; run the command again."
        case .defect: "This is a defect of gapless: please report it with this message."
        default: nil
        }
    }

    private static func helpCommand(for arguments: [String]) -> String {
        var words = ["gapless", "help"]
        var commands = Gapless.configuration.subcommands
        for word in arguments {
            guard let command = commands.first(where: { $0.configuration.commandName == word }) else { break }
            words.append(word)
            commands = command.configuration.subcommands
        }
        return words.joined(separator: " ")
    }

    private static func line(_ value: some Encodable) -> String {
        do {
            return try JSONLine.text(value)
        } catch {
            // Texts and numbers cannot fail to encode; if they did, a script would still get an error it can read.
            return #"{"error":{"code":"DEFECT","message":"an error that cannot be written","retryable":false}}"#
        }
    }
}
