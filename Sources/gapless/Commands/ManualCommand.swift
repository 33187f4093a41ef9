import ArgumentParser
import FoundationEssentials
import Glibc
import Tables
import Values

/// `gapless manual`: what scripts/install asks for, hidden from the lists of commands.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Write the pages of the manual, one for each command.",
        discussion: """
            The folder must exist. Pages of one date are the same bytes.

            Example:
              gapless manual man1 --date 2026-01-31
              man -l man1/gapless-index-create.1
            """,
        shouldDisplay: false)

    @Argument(help: ArgumentHelp("The folder.", valueName: "dir"), completion: .directory) var folder: String
    @Option(help: ArgumentHelp("The date on the pages; default: today.", valueName: "yyyy-mm-dd")) var date: String?

    func validate() throws {
        guard let date, Self.words(ofDate: date) == nil else { return }
        throw ValidationError("--date takes a date such as 2026-01-31, not '\(date)'.")
    }

    func run() throws {
        let words = Self.words(ofDate: date ?? Self.today) ?? ""
        for page in try Self.pages(date: words) {
            let path = "\(folder)/\(page.fileName)"
            do {
                try Data(page.text.utf8).write(to: URL(filePath: path))
            } catch {
                throw GaplessError(
                    .inputOutput, "\(path): the page cannot be written: the folder must exist and be writable")
            }
        }
    }

    /// The pages of all commands.
    static func pages(date: String) throws -> [ManualPage] {
        try ToolInfo(json: Gapless._dumpHelp()).command.all.map { ManualPage(command: $0, date: date) }
    }

    private static var today: String {
        String(Timestamp(seconds: Int64(time(nil)), nanoseconds: 0).description.prefix(10))
    }

    /// `January 31, 2026`; nil for what is no date.
    static func words(ofDate text: String) -> String? {
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2]), months.indices.contains(month - 1), (1...31).contains(day)
        else { return nil }
        return "\(months[month - 1]) \(day), \(year)"
    }
}
