import ArgumentParser
import Status
import Tables
import Values

/// A command on the database.
protocol StoreCommand: ParsableCommand {
    var global: GlobalOptions { get }
}

extension StoreCommand {
    /// A result: one line of JSON with `--json`, else text that ends in a newline.
    func show(_ result: some Encodable, text: @autoclosure () -> String) throws {
        StandardOutput.shared.write(global.json ? try JSONLine.text(result) + "\n" : text())
    }
}

extension FieldPath {
    /// The paths of an option that lists them with commas: `a,b.c`.
    static func list(_ text: String) throws -> [FieldPath] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { try FieldPath(String($0)) }
    }
}
