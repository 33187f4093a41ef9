import Glibc
import Logging
import Synchronization
import Tables

/// Where the log of this process goes, how its lines look and which are shown; all of it can change while it runs.
final class LogSink: Sendable {
    /// What can be set.
    struct Settings: Equatable, Sendable {
        /// A file that lines are appended to; nil: standard error.
        var path: String?
        var format = LogFormat.text
        var level = Logger.Level.info
    }

    /// The process's own.
    static let shared = LogSink()

    private struct State {
        var settings = Settings()
        var descriptor = STDERR_FILENO
    }

    private let state = Mutex(State())

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        if descriptor != STDERR_FILENO { close(descriptor) }
    }

    /// What is set now.
    var settings: Settings { state.withLock { $0.settings } }

    /// Opens the file anew, also one of the same name, which may have been moved away; throws and changes nothing if it
    /// cannot be opened.
    func use(_ settings: Settings) throws {
        let descriptor = try settings.path.map(LogSink.open) ?? STDERR_FILENO
        let old = state.withLock { state in
            defer { (state.settings, state.descriptor) = (settings, descriptor) }
            return state.descriptor
        }
        if old != STDERR_FILENO { close(old) }
    }

    /// Appends a line: in one call, so that lines of several processes do not mix.
    func write(_ line: String) {
        state.withLock { state in
            if !LogSink.write(line, to: state.descriptor), state.descriptor != STDERR_FILENO {
                // A full disk must not silence a process: its last resort is standard error.
                _ = LogSink.write(line, to: STDERR_FILENO)
            }
        }
    }

    private static func open(_ path: String) throws -> Int32 {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure.configuration("\(path): the log cannot be opened: \(GaplessError.reason(errno))")
        }
        return descriptor
    }

    /// False if not all of it could be written.
    private static func write(_ line: String, to descriptor: Int32) -> Bool {
        let bytes = Array(line.utf8)
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            guard count > 0 || errno == EINTR else { return false }
            start += max(count, 0)
        }
        return true
    }
}

/// A log handler whose level and look are those of a `LogSink`, unless a logger has been given a level of its own.
struct LiveLogHandler: LogHandler {
    let label: String
    let sink: LogSink
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, sink: LogSink) {
        self.label = label
        self.sink = sink
    }

    /// One of its own is never less than what the sink shows.
    var logLevel: Logger.Level {
        get { ownLevel.map { max($0, sink.settings.level) } ?? sink.settings.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = LineLogHandler(label: label, format: sink.settings.format, write: sink.write)
        line.metadata = metadata
        line.metadataProvider = metadataProvider
        line.log(event: event)
    }
}
