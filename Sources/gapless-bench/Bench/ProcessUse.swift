import Glibc
import Synchronization

/// Samples what processes hold in memory beyond mapped files, what they read and wrote, and the processor time they
/// took, from /proc.
final class ProcessUse: Sendable {
    /// What was seen of one process.
    struct Seen: Equatable {
        let pid: Int32
        /// The most anonymous memory of all samples, in bytes.
        var peakBytes: UInt64 = 0
        /// Anonymous memory at the latest sample, in bytes.
        var bytes: UInt64 = 0
        /// Processor time at the latest sample, of all its threads, in seconds.
        var cpuSeconds = 0.0
        /// Bytes that it made the disks read, at the latest sample.
        var readBytes: UInt64 = 0
        /// Bytes that it made the disks write, or will have.
        var writtenBytes: UInt64 = 0
    }

    /// This process.
    static var ownPID: Int32 { getpid() }

    private let all: Mutex<[Seen]>

    init(_ pids: [Int32]) {
        all = Mutex(pids.map { Seen(pid: $0) })
    }

    /// What was seen so far.
    var seen: [Seen] { all.withLock { $0 } }

    /// Takes one sample of each process; one that has ended keeps what was seen.
    func sample() {
        all.withLock { all in
            for place in all.indices { Self.sample(&all[place]) }
        }
    }

    /// The same of memory alone: cheap enough to be done again and again beside what is measured.
    func sampleMemory() {
        all.withLock { all in
            for place in all.indices { Self.sampleMemory(&all[place]) }
        }
    }

    private static func sample(_ seen: inout Seen) {
        sampleMemory(&seen)
        let pid = seen.pid
        seen.cpuSeconds = cpuSeconds(of: pid) ?? seen.cpuSeconds
        seen.readBytes = number("read_bytes", inProcess: pid, "io") ?? seen.readBytes
        seen.writtenBytes = number("write_bytes", inProcess: pid, "io") ?? seen.writtenBytes
    }

    /// Resident pages less those of files, as `RssAnon` of `status` has them: `statm` takes a tenth of the time.
    private static func sampleMemory(_ seen: inout Seen) {
        guard let fields = FileText.ofProcess(seen.pid, "statm")?.split(separator: " "), fields.count > 2,
            let resident = UInt64(fields[1]), let shared = UInt64(fields[2])
        else { return }
        seen.bytes = (resident - min(shared, resident)) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
        seen.peakBytes = max(seen.peakBytes, seen.bytes)
    }

    /// The number behind a name and a colon in a file of /proc.
    private static func number(_ name: String, inProcess pid: Int32, _ file: String) -> UInt64? {
        guard let text = FileText.ofProcess(pid, file) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { UInt64($0) }
    }

    /// The fields 14 and 15 of the manual page proc(5), counted behind the name in parentheses.
    private static func cpuSeconds(of pid: Int32) -> Double? {
        guard let text = FileText.ofProcess(pid, "stat"), let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
