import Glibc
import Synchronization

/// Samples what processes hold in memory beyond mapped files, and the processor time they took, from /proc.
final class ProcessMemory: Sendable {
    /// What was seen of one process.
    struct Peak: Encodable {
        let pid: Int32
        /// The most anonymous memory (RssAnon) of all samples, in bytes.
        var peakBytes: UInt64 = 0
        /// Processor time at the latest sample, of all its threads, in seconds.
        var cpuSeconds = 0.0
    }

    private let peaks: Mutex<[Peak]>

    init(_ pids: [Int32]) {
        peaks = Mutex(pids.map { Peak(pid: $0) })
    }

    /// What was seen so far.
    var seen: [Peak] { peaks.withLock { $0 } }

    /// Takes one sample of each process; one that has ended keeps what was seen.
    func sample() {
        peaks.withLock { peaks in
            for place in peaks.indices {
                let pid = peaks[place].pid
                peaks[place].peakBytes = max(peaks[place].peakBytes, Self.anonymousBytes(of: pid) ?? 0)
                peaks[place].cpuSeconds = Self.cpuSeconds(of: pid) ?? peaks[place].cpuSeconds
            }
        }
    }

    private static func anonymousBytes(of pid: Int32) -> UInt64? {
        guard let text = text(of: "/proc/\(pid)/status") else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { UInt64($0) }.map { $0 * 1_024 }
    }

    /// The fields 14 and 15 of the manual page proc(5), counted behind the name in parentheses.
    private static func cpuSeconds(of pid: Int32) -> Double? {
        guard let text = text(of: "/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
