import Foundation

/// The table of a rehearsal without data of the operator's.
enum GeneratedRecords {
    static let table = "rehearsal"
    static let field = "group"

    /// Creates and fills it.
    @available(*, noasync)
    static func load(_ count: Int, by program: Program, in folder: WorkFolder) throws {
        try program.require("table", "create", table, "--key", "id")
        let path = folder.path + "/records.ndjson"
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw RehearsalFailure("\(path) cannot be made")
        }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        let groups = max(count / 200, 1)
        var lines = ""
        for number in 0..<count {
            // Neighbours in key order are of different groups: every range has entries of every group.
            lines += #"{"id":"r-\#(padded(number))","group":"g-\#(number &* 7_919 % groups)","n":\#(number),"#
            lines += #""note":"a record of the rehearsal, as long as records are"}"# + "\n"
            if lines.utf8.count > 1 << 20 || number == count - 1 {
                try file.write(contentsOf: Data(lines.utf8))
                lines = ""
            }
        }
        try file.close()
        try program.require("import", table, path, "--log-level", "error")
        try FileManager.default.removeItem(atPath: path)
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    }
}
