import ArgumentParser
import Backfill
import Coordinator
import Glibc
import Ledger
import Status
import Tables

/// `gapless status`.
struct StatusCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show coordinator, workers, builds, and what is wrong.",
        discussion: """
            It reads the database and works without a coordinator.

            Example:
              gapless status
              gapless status --watch
            """)

    @Flag(help: "Show it again every second until interrupted.") var watch = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let store = try global.openStore()
        guard watch else {
            let status = try ClusterStatus(of: store)
            return try show(status, text: status.text)
        }
        let isTerminal = Terminal.isTerminal(STDOUT_FILENO)
        while true {
            let status = try ClusterStatus(of: store)
            if isTerminal, !global.json { StandardOutput.shared.write("\u{1B}[H\u{1B}[2J") }
            try show(status, text: status.text)
            try StandardOutput.shared.flush()
            sleep(1)
        }
    }
}
