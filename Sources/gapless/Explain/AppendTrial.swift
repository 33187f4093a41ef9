import Glibc
import LMDB
import Tables

/// Measures how fast this machine appends entries, in an environment of its own beside the data, gone afterwards.
struct AppendTrial {
    /// How folders of trials are called; one that stays behind after a kill means nothing.
    static let folderPrefix = "explain-"
    /// Fewer entries say nothing.
    private static let entriesMin = 1_000
    /// A loader spends about half as long on commits as on appending, since it holds the lock by measured time.
    private static let commitShare = 1.5

    let directory: String

    /// Entries that a loader would append a second; nil if that cannot be measured here, for want of entries or room.
    func entriesPerSecond(of sample: [[UInt8]]) -> Double? {
        let sorted = sample.sorted { $0.lexicographicallyPrecedes($1) }
        guard sorted.count >= Self.entriesMin else { return nil }
        let folder = "\(directory)/\(Self.folderPrefix)\(getpid())"
        defer { Self.remove(folder) }
        // An estimate without a time is worth more than none: nothing depends on this trial.
        guard let seconds = try? append(sorted, in: folder), seconds > 0 else { return nil }
        return Double(sorted.count) / (seconds * Self.commitShare)
    }

    private func append(_ sorted: [[UInt8]], in folder: String) throws -> Double {
        var options = Environment.Options()
        options.mapBytes = 1 << 30
        options.isSynced = false
        let environment = try Environment.open(at: folder, options: options)
        return try environment.write { txn in
            let database = try txn.createDatabase("trial")
            let began = ContinuousClock.now
            try txn.withWriteCursor(in: database) { cursor in
                var last: [UInt8] = []
                for entry in sorted where entry != last {
                    try cursor.put(entry.span.bytes, RawSpan(), .append)
                    last = entry
                }
            }
            return began.duration(to: .now).inSeconds
        }
    }

    private static func remove(_ folder: String) {
        for name in ["data.mdb", "lock.mdb", "gate"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }
}
