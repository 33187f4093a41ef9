import ArgumentParser
import Glibc
import Supervision

/// `gapless-bench detection`.
struct DetectionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detection", abstract: "How soon a dead worker, a silent one, and a dead coordinator are noticed.",
        discussion: """
            Each round kills a worker, stops another (SIGSTOP), and kills the coordinator beside a standby; all are real
            processes, over ipc sockets. Printed are the median and the longest delay, beside what is promised. A round
            takes about four seconds.

            Example:
              gapless-bench detection --rounds 20 --json
            """)

    @Option(help: ArgumentHelp("How many rounds.", valueName: "n")) var rounds = 10
    @Flag(help: "Print the figures as JSON.") var json = false

    func validate() throws {
        guard (1...10_000).contains(rounds) else { throw ValidationError("--rounds takes a number from 1 to 10000.") }
    }

    func run() throws {
        let output = try ReportOutput()
        let folder = try WorkFolder(database: nil)
        do {
            let program = try Program(directory: folder.database)
            let figures = try DetectionRun(rounds: rounds, folder: folder, program: program).run()
            try output.write(figures, text: figures.text, asJSON: json)
        } catch {
            try folder.remove()
            throw error
        }
        try folder.remove()
    }
}
