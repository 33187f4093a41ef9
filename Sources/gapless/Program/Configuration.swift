import FoundationEssentials
import Glibc
import Synchronization
import Tables

/// The settings of the configuration file: one object in JSON5 (JSON, comments allowed), whose keys are the flags'
/// names.
///
///     {
///         // read again on SIGHUP
///         "log-level": "info",
///         "grace": "30s",
///     }
struct Configuration: Equatable, Sendable {
    private let values: [Setting: String]

    /// No file: no settings.
    static let none = Configuration(values: [:])

    private init(values: [Setting: String]) {
        self.values = values
    }

    /// What the file says of a setting, as its flag would be spelt; nil if nothing.
    subscript(setting: Setting) -> String? { values[setting] }

    /// The settings that differ.
    func differences(from other: Configuration) -> [Setting] {
        Setting.allCases.filter { self[$0] != other[$0] }
    }

    /// Reads a file. Throws a configuration error that names the file, the key, and what would be right.
    static func read(_ path: String) throws -> Configuration {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let found: [String: Scalar]
        do {
            found = try decoder.decode([String: Scalar].self, from: Data(try bytes(of: path)))
        } catch let error as DecodingError {
            throw CommandFailure.configuration("\(path): \(reason(for: error))")
        }
        var values: [Setting: String] = [:]
        for (key, value) in found.sorted(by: { $0.key < $1.key }) {
            guard let setting = Setting(rawValue: key) else {
                let known = Setting.allCases.map(\.rawValue).sorted().joined(separator: ", ")
                throw CommandFailure.configuration("\(path): there is no setting '\(key)'; there are: \(known)")
            }
            guard setting.accepts(value.text) else {
                throw CommandFailure.configuration(
                    "\(path): the setting '\(key)' is '\(value.text)'; it takes \(setting.expectation)")
            }
            values[setting] = value.text
        }
        return Configuration(values: values)
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path, errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, errno) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    private static func unreadable(_ path: String, _ number: Int32) -> CommandFailure {
        .configuration("\(path): the configuration file cannot be read: \(GaplessError.reason(number))")
    }

    private static func reason(for error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context) where !context.codingPath.isEmpty,
            .valueNotFound(_, let context) where !context.codingPath.isEmpty:
            "the setting '\(context.codingPath[0].stringValue)' must be a text, a number, true or false"
        case .typeMismatch, .valueNotFound, .keyNotFound:
            "a configuration file is one object: {\"log-level\": \"info\"}"
        case .dataCorrupted(let context):
            "this is not JSON: "
                + (context.underlyingError.map { "\($0)" } ?? context.debugDescription)
        @unknown default: "\(error)"
        }
    }
}

/// A value of the file: a text, a number, true or false, each as a flag would spell it.
private struct Scalar: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {  // It only asks whether the value is a text.
            self.text = text
        } else if let flag = try? container.decode(Bool.self) {  // It only asks whether it is true or false.
            text = "\(flag)"
        } else if let number = try? container.decode(Int.self) {  // It only asks whether it is a whole number.
            text = "\(number)"
        } else {
            text = "\(try container.decode(Double.self))"
        }
    }
}

extension Configuration {
    private struct Loaded {
        /// The flag --config of the command that runs.
        var flag: String?
        var path: String?
        var isWanted = false
        var configuration = Configuration.none
    }

    private static let loaded = Mutex(Loaded())

    /// What was read last.
    static var current: Configuration { loaded.withLock { $0.configuration } }

    /// The file that is in use, if any.
    static var path: String? { loaded.withLock { $0.path } }

    /// Notes what the command line says: its flag --config.
    static func choose(flag: String?) {
        loaded.withLock { loaded in
            loaded.flag = flag
            loaded.isWanted = true
        }
    }

    /// Reads the file of --config, else of GAPLESS_CONFIG; without either there is none. Throws as `read` does.
    static func load() throws {
        let (flag, isWanted) = loaded.withLock { ($0.flag, $0.isWanted) }
        guard isWanted else { return }
        let path = flag ?? Setting.environment("GAPLESS_CONFIG")
        let configuration = try path.map(read) ?? .none
        loaded.withLock { loaded in
            loaded.path = path
            loaded.configuration = configuration
        }
    }

    /// Reads the file again, tries `apply`, and keeps the new settings only if that succeeds; gives those that changed.
    static func reload(_ apply: () throws -> Void) throws -> [Setting] {
        let before = current
        try load()
        do {
            try apply()
        } catch {
            loaded.withLock { $0.configuration = before }
            throw error
        }
        return current.differences(from: before)
    }
}
