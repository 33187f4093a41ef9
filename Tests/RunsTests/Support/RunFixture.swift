import Runs
import Testing
import Values

/// Runs as a test wants them: written by the writer under test, with the facts that a worker would give.
struct RunFixture {
    let folder: String
    /// Without waiting for the disk; whether that happens in time is asked in `RunDurabilityTests`.
    var calls = Self.unsynced
    var blockBytes = RunLimits.blockBytes

    static let unsynced: FileCalls = {
        var calls = FileCalls.system
        calls.sync = { _ in 0 }
        calls.syncFolder = { _ in 0 }
        return calls
    }()

    static func identity(range: UInt64 = 3) -> RunIdentity {
        RunIdentity(
            environment: (1...16).map { UInt8($0) }, job: 42, range: range, attempt: 2, index: 1, generation: 9)
    }

    func writer(range: UInt64 = 3) throws(RunError) -> RunWriter {
        let identity = Self.identity(range: range)
        return try RunWriter(
            path: folder + "/" + identity.fileName, identity: identity, blockBytes: blockBytes, calls: calls
        ) { error in
            Issue.record("abandoning failed: \(error)")
        }
    }

    /// Writes a run of sorted, distinct entries.
    func write(_ entries: [[UInt8]], range: UInt64 = 3) throws(RunError) -> RunSource {
        var writer = try writer(range: range)
        for entry in entries { try writer.append(entry.span.bytes) }
        let summary = try writer.finish(recordsSeen: UInt64(entries.count), snapshotTransactions: 5...6)
        return RunSource(path: folder + "/" + summary.file, summary: summary, identity: Self.identity(range: range))
    }

    func reader(_ source: RunSource) throws(RunError) -> RunReader {
        try RunReader.open(source.path, expecting: source.summary, identity: source.identity, calls: calls)
    }
}

extension RunReader {
    /// The entries that follow, appended as they come: after an error the array holds what was handed out.
    mutating func collect(into entries: inout [[UInt8]]) throws(RunError) {
        while try next() { entries.append(current) }
    }

    var current: [UInt8] { withEntry { entry in entry.withUnsafeBytes { bytes in [UInt8](bytes) } } }
}

extension RunMerger {
    mutating func collect(into entries: inout [[UInt8]]) throws(RunError) {
        while try next() {
            entries.append(withEntry { entry in entry.withUnsafeBytes { bytes in [UInt8](bytes) } })
        }
    }
}

extension EntryArena {
    /// Appends where there must be room.
    mutating func keep(_ entry: [UInt8], tail: Int = 0, at place: SourceLocation = #_sourceLocation) {
        if !append(entry.span.bytes, tail: tail) { Issue.record("the arena is full", sourceLocation: place) }
    }

    var all: [[UInt8]] {
        var entries: [[UInt8]] = []
        forEach { entry in entries.append(entry.withUnsafeBytes { bytes in [UInt8](bytes) }) }
        return entries
    }
}

/// The digest of entries, computed apart from the writer.
func digest(of entries: [[UInt8]]) -> EntryDigest {
    var digest = EntryDigest.zero
    for entry in entries { digest.add(entry: entry.span.bytes) }
    return digest
}
