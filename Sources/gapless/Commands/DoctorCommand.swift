import ArgumentParser
import Tables

/// `gapless doctor`.
struct DoctorCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for what is wrong with a database and its surroundings, and say what to do.",
        discussion: """
            Exit code 1 if there is a problem; notes are only worth knowing.

            Example:
              gapless doctor
              gapless doctor --json
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        let findings = try Examination(store: store).findings()
        try show(Report(database: store.directory, findings: findings), text: Self.text(findings, store.directory))
        if findings.contains(where: { $0.severity == .problem }) { throw ExitCode(1) }
    }

    struct Report: Encodable {
        let database: String
        let findings: [Finding]
    }

    private static func text(_ findings: [Finding], _ directory: String) -> String {
        var lines = findings.map { finding in
            let head = "\(finding.severity.sign)  \(finding.check.padding(to: 12))\(finding.message)"
            return finding.advice.map { "\(head)\n                to do: \($0)" } ?? head
        }
        let problems = findings.count { $0.severity == .problem }
        lines.append(problems == 0 ? "no problem found in \(directory)" : "\(problems) problems found in \(directory)")
        return lines.joined(separator: "\n") + "\n"
    }
}
