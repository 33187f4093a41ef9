import ArgumentParser
import FoundationEssentials
import Glibc
import Logging

/// How log lines look.
enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json
}

/// Log lines on standard error in plain ASCII: one line each, for people or for programs.
///
///     2026-11-23T12:34:56.789Z info  coordinator: range leased range=3 worker=1234
///     {"level":"info","logger":"coordinator","message":"range leased","range":"3","time":"...","worker":"1234"}
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    /// Where a finished line goes.
    let write: @Sendable (String) -> Void
    /// The time of day in nanoseconds since 1970.
    let clock: @Sendable () -> (seconds: Int, nanoseconds: Int)

    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(
        label: String, format: LogFormat, write: @escaping @Sendable (String) -> Void = StandardError.write,
        clock: @escaping @Sendable () -> (seconds: Int, nanoseconds: Int) = LineLogHandler.timeOfDay
    ) {
        self.label = label
        self.format = format
        self.write = write
        self.clock = clock
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        let texts = fields.map { (key: $0.key, value: "\($0.value)") }.sorted { $0.key < $1.key }
        switch format {
        case .text: write(textLine(event.level, "\(event.message)", texts))
        case .json: write(jsonLine(event.level, "\(event.message)", texts))
        }
    }

    private func textLine(_ level: Logger.Level, _ message: String, _ fields: [(key: String, value: String)]) -> String
    {
        let name = level.rawValue.padding(to: 8)
        let pairs = fields.map { " \($0.key)=\(Self.isWord($0.value) ? $0.value : "\"\($0.value)\"")" }.joined()
        return "\(timestamp) \(name) \(label): \(message)\(pairs)".plainASCII + "\n"
    }

    private func jsonLine(_ level: Logger.Level, _ message: String, _ fields: [(key: String, value: String)]) -> String
    {
        var object = Dictionary(fields.map { ($0.key, $0.value) }) { $1 }
        // A field of the caller's does not hide what every line has.
        for (name, value) in [("time", timestamp), ("level", level.rawValue), ("logger", label), ("message", message)] {
            object[name] = value
        }
        let pairs = object.sorted { $0.key < $1.key }.map { "\($0.key.quotedASCII):\($0.value.quotedASCII)" }
        return "{\(pairs.joined(separator: ","))}\n"
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }
    }

    private var timestamp: String {
        let now = clock()
        var seconds = time_t(now.seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday].map { "\($0)".leftPadded(to: 2, with: "0") }
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { "\($0)".leftPadded(to: 2, with: "0") }
        let millis = "\(now.nanoseconds / 1_000_000)".leftPadded(to: 3, with: "0")
        return "\(date.joined(separator: "-"))T\(time.joined(separator: ":")).\(millis)Z"
    }

    @Sendable static func timeOfDay() -> (seconds: Int, nanoseconds: Int) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return (now.tv_sec, now.tv_nsec)
    }
}
