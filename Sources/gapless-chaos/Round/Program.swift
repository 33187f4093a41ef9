import Foundation

/// The program under test and the database of a round.
struct Program {
    let path: String
    let database: String
    /// For the files of commands: names below it are not used twice.
    let folder: String
    /// What is done while a command is waited for: it may wait for a process that is stopped with the write lock in
    /// hand, and whoever stopped that one is the one who waits.
    var meanwhile: () -> Void = {}

    /// Runs a command to its end; throws unless it ends with one of these codes.
    func run(
        _ arguments: [String], input: String? = nil, as name: String = "command", codes: Set<Int32> = [0]
    ) throws -> String {
        let child = try Child(
            path, arguments + ["--db", database], environment: [:], path: "\(folder)/\(name)", input: input)
        let code = try child.wait(seconds: 120, meanwhile: meanwhile)
        guard codes.contains(code) else {
            let errors = try String(contentsOfFile: child.errors, encoding: .utf8)
            throw ChaosFailure("gapless \(arguments.joined(separator: " ")) ended with \(code): \(errors)")
        }
        return try String(contentsOfFile: child.output, encoding: .utf8)
    }

    func json(_ arguments: [String]) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(try run(arguments + ["--json"], as: "json").utf8))
    }

    /// Records from lines that a command printed.
    static func records(_ output: String) throws -> [Record] {
        try output.split(separator: "\n").map { try Record(line: $0) }
    }

    /// Whether the store refused: not ready, no space, input or output; nothing of the command was kept.
    static func isRefusal(_ code: Int32) -> Bool { [73, 74, 75].contains(code) }
}
