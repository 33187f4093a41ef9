import Foundation
import Supervision

/// What supervisord writes about the ends of its processes.
struct SupervisordLog {
    /// One line of its log.
    struct Line: Hashable {
        let text: String

        /// How a process ended that supervisord stopped: `stopped: gapless-worker_01 (exit status 0)`.
        func stopped(_ name: String) -> ChildExit? {
            let short = name.split(separator: ":").last.map(String.init) ?? name
            guard let place = text.firstRange(of: "stopped: \(short) (") else { return nil }
            let reason = text[place.upperBound...]
            if reason.hasPrefix("exit status "), let code = Int32(reason.dropFirst(12).prefix(while: \.isNumber)) {
                return .code(code)
            }
            return reason.contains("SIGKILL") ? .signal(9) : .code(-1)
        }

        /// A process that ended although supervisord did not stop it: `exited: gapless-worker_01 (...)`.
        var isExit: Bool { text.contains(" exited: ") || text.contains(" gave up: ") }
    }

    /// Processes that were killed on purpose, and whose ends have not been read yet.
    var expectedKills = 0
    private var offset: UInt64 = 0
    private var held: [Line] = []

    /// The whole lines that came since the last call.
    mutating func read(_ path: String) throws -> [Line] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { file.closeFile() }
        try file.seek(toOffset: offset)
        guard let data = try file.readToEnd(), let end = data.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        offset += UInt64(end - data.startIndex + 1)
        let lines = String(decoding: data[...end], as: UTF8.self).split(separator: "\n").map { Line(text: String($0)) }
        held += lines.filter(\.isExit)
        return lines
    }

    /// The ends that nobody asked for.
    mutating func takeUnexpected() -> [String] {
        var ends = held
        held = []
        for _ in 0..<expectedKills {
            guard let place = ends.firstIndex(where: { $0.text.contains("SIGKILL") }) else { break }
            ends.remove(at: place)
            expectedKills -= 1
        }
        return ends.map(\.text)
    }
}
