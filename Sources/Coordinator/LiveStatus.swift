public import Backfill
internal import FoundationEssentials
internal import Glibc
internal import Runtime
public import Tables

/// What a running coordinator knows beyond the ledger: workers, rates, times to go.
///
/// It lies in `coordinator.json` beside the data, replaced as a whole a few times a second. It is for people and never
/// decides anything; whether a coordinator runs at all is asked of the lock.
public struct LiveStatus: Hashable, Sendable, Codable {
    /// A worker as the coordinator sees it.
    public struct Worker: Hashable, Sendable, Codable {
        /// Its process id, as it sees it itself.
        public var pid: Int32
        /// Its host.
        public var host: String
        /// Its incarnation.
        public var incarnation: Nonce
        /// `idle`, `scanning`, `loading`, `draining`, `leaving`, `awaited` or `refused`.
        public var state: String
        /// The range it scans, in its job.
        public var range: RangeID?
        /// The job it works for.
        public var job: JobID?
        /// When it was last heard of.
        public var lastSeen: Instant
        /// Its program's version.
        public var version: String
        /// Why it gets no work, if it gets none.
        public var problem: String?
    }

    /// The build of one index.
    public struct Build: Hashable, Sendable, Codable {
        /// Which build of which index.
        public var index: JobIndex
        /// Its job.
        public var job: JobID
        /// How far it is.
        public var progress: IndexProgress
        /// Seconds until it is ready at the present rate, if there is one.
        public var etaSeconds: Int?
        /// Records scanned a second, lately.
        public var recordsPerSecond: Double
        /// How many ranges are pending, leased, scanned, failed.
        public var ranges: [Int]
    }

    /// Raised when a program of the older number would misread the file.
    public static let formatVersion = 1

    /// The format of the file; none of older programs is of format 1.
    public var format: Int? = LiveStatus.formatVersion
    /// The coordinator's process id.
    public var pid: Int32
    /// Its epoch.
    public var epoch: Epoch
    /// Its program's version.
    public var version: String
    /// Where it listens.
    public var endpoint: String
    /// When this was written.
    public var at: Instant
    /// The workers it knows.
    public var workers: [Worker]
    /// The builds of open jobs.
    public var builds: [Build]
    /// Since when there is work and nobody to do it; nil if there is somebody, or no work.
    public var noWorkerSince: Instant?
    /// The latest thing that went wrong, if anything did.
    public var lastProblem: String?

    private static func path(_ directory: String) -> String { "\(directory)/coordinator.json" }

    /// The running coordinator's word; nil if none runs, or it has not spoken yet.
    public static func read(of store: Store) throws -> LiveStatus? {
        guard try isCoordinatorRunning(in: store.directory) else { return nil }
        guard let bytes = FileBytes.read(path(store.directory)) else { return nil }
        do {
            let format = try JSONDecoder().decode(Head.self, from: Data(bytes)).format ?? 1
            guard format <= formatVersion else { throw newer(format, store.directory) }
            return try JSONDecoder().decode(LiveStatus.self, from: Data(bytes))
        } catch let error as GaplessError {
            throw error
        } catch {
            throw GaplessError(.corrupt, "\(path(store.directory)) cannot be read: \(error)")
        }
    }

    /// What every format says.
    private struct Head: Decodable {
        var format: Int?
    }

    private static func newer(_ format: Int, _ directory: String) -> GaplessError {
        GaplessError(
            .incompatibleVersion,
            "\(path(directory)) has format \(format), this program knows formats up to \(formatVersion): the "
                + "coordinator is of a newer gapless, use that one")
    }

    /// Whether a coordinator holds this environment's lock.
    public static func isCoordinatorRunning(in directory: String) throws -> Bool {
        try FileLock.isHeld("\(directory)/coordinator.lock")
    }

    /// Replaces what readers see, all at once. Not durable: it means nothing after a crash.
    func write(in directory: String) throws {
        try FileBytes.replace(LiveStatus.path(directory), with: Array(try JSONEncoder().encode(self)))
    }

    /// Takes it away: the coordinator leaves.
    static func remove(in directory: String) {
        // Nobody reads it once the lock is free; what is left of it does no harm.
        _ = unlink(path(directory))
    }
}

/// Whole small files.
enum FileBytes {
    /// The file's bytes; nil if it cannot be read, which for its readers is as if it were not there.
    static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 { return nil }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Writes a new file and renames it over the old one.
    static func replace(_ path: String, with bytes: [UInt8]) throws {
        let temporary = path + ".tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError(call: "open", context: temporary, code: errno) }
        let written = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        let code = errno
        close(file)
        guard written == bytes.count else { throw SystemError(call: "write", context: temporary, code: code) }
        guard rename(temporary, path) == 0 else { throw SystemError(call: "rename", context: path, code: errno) }
    }
}
