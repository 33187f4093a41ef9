import Glibc
import Supervision

/// Processes that the rehearsal starts and restarts by itself.
final class PlainCluster: Cluster {
    private struct Slot {
        let name: String
        let role: Role
        var child: ChildProcess
    }

    private let settings: Settings
    private var program: Program
    private let folder: WorkFolder
    private let processes: Processes
    private var slots: [Slot] = []

    init(_ settings: Settings, _ program: Program, _ folder: WorkFolder, _ processes: Processes) {
        self.settings = settings
        self.program = program
        self.folder = folder
        self.processes = processes
    }

    func start() throws {
        slots.append(try startSlot("coordinator", .coordinator))
        for number in 1...settings.workers { slots.append(try startSlot("worker-\(number)", .worker)) }
    }

    private func startSlot(_ name: String, _ role: Role) throws -> Slot {
        let arguments = role == .coordinator ? ["coordinator"] : ["worker", "--grace", "\(settings.graceSeconds)s"]
        let child = try processes.start(program.service(name, arguments, log: folder.path + "/\(name).log"))
        return Slot(name: name, role: role, child: child)
    }

    func use(_ program: Program) throws { self.program = program }

    @available(*, noasync)
    func restart(_ pid: Int32, _ role: Role, by signal: Int32) throws -> ChildExit? {
        guard let place = slots.firstIndex(where: { $0.child.pid == pid && $0.role == role }) else {
            throw RehearsalFailure("\(role.rawValue) \(pid) is none of those that the rehearsal started")
        }
        guard let exit = try processes.stop(slots[place].child, by: signal, within: settings.graceSeconds + 10) else {
            throw RehearsalFailure("\(role.rawValue) \(pid) did not end within \(settings.graceSeconds + 10) s")
        }
        slots[place] = try startSlot(slots[place].name, role)
        return exit
    }

    @available(*, noasync)
    func tend() throws -> [String] {
        var ended: [String] = []
        for place in slots.indices {
            guard let exit = try slots[place].child.wait(timeout: .zero) else { continue }
            processes.forget(slots[place].child)
            let last = LogTail.last(of: folder.path + "/\(slots[place].name).log")
            ended.append("\(slots[place].name) (\(slots[place].child.pid)) ended with \(exit): \(last)")
            slots[place] = try startSlot(slots[place].name, slots[place].role)
        }
        return ended
    }

    @available(*, noasync)
    func stop() throws {
        for slot in slots.reversed() {
            guard let exit = try processes.stop(slot.child, within: settings.graceSeconds + 10), exit == .code(0) else {
                throw RehearsalFailure("\(slot.name) did not stop gracefully with exit code 0")
            }
        }
        slots = []
    }
}

/// The end of a log, for messages.
enum LogTail {
    static func last(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "no log" }
        defer { fclose(file) }
        fseek(file, -2_000, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: 4_000)
        let count = fread(&bytes, 1, bytes.count, file)
        let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
        return lines.last.map(String.init) ?? "it said nothing"
    }
}
