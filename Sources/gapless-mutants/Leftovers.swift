import FoundationEssentials
import Glibc
import Supervision
import Synchronization

/// Processes that a command started and that outlived it, as when a test crashed before it could stop them.
enum Leftovers {
    /// Marks every process of this run: a variable that they inherit, with a value that nobody else has.
    static let variable = "GAPLESS_MUTANTS_RUN"
    static let mark = UUID().uuidString

    private static let isStopping = Atomic(false)

    /// On SIGTERM and ctrl-c ends what runs; whoever waits for it then throws.
    static func endOnSignals() throws {
        try ShutdownSignals.install { request in
            guard request != .reload else { return }
            isStopping.store(true, ordering: .releasing)
            do { try kill() } catch { fatalError("cannot end what was started: \(error)") }
        }
    }

    /// Throws after a signal: what a command did that was ended in the middle means nothing.
    static func requireGoingOn() throws {
        if isStopping.load(ordering: .acquiring) { throw MutantsFailure("stopped by a signal") }
    }

    /// Ends every process with the mark but this one.
    static func kill() throws {
        let wanted = Array("\(variable)=\(mark)".utf8)
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let pid = Int32(name), pid != getpid() else { continue }
            do {
                let variables = try Data(contentsOf: URL(filePath: "/proc/\(pid)/environ")).split(separator: 0)
                if variables.contains(where: { $0.elementsEqual(wanted) }) { _ = Glibc.kill(pid, SIGKILL) }
            } catch {
                // It ended meanwhile, or is another user's: not one of ours either way.
                continue
            }
        }
    }
}
