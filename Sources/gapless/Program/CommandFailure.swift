import Glibc
import Tables

/// An error of the commands themselves, with a code that the store does not know.
struct CommandFailure: Error, Encodable {
    /// For scripts.
    let code: String
    /// For people.
    let message: String
    /// Of sysexits.h.
    let exitCode: Int32
    /// Where in a file it is, for bad input.
    var file: String?
    var line: Int?
    /// How many records were kept before it.
    var recordsKept: Int?

    static func usage(_ message: String) -> CommandFailure {
        CommandFailure(code: "USAGE", message: message, exitCode: EX_USAGE)
    }

    static func noSuchFile(_ message: String, file: String) -> CommandFailure {
        CommandFailure(code: "NO_SUCH_FILE", message: message, exitCode: EX_NOINPUT, file: file)
    }

    /// What the operating system refused about a file that a user named.
    static func ofFile(_ file: String, _ what: String, number: Int32) -> any Error {
        let message = "\(file): \(what): \(GaplessError.reason(number))"
        switch number {
        case ENOENT, ENOTDIR, EISDIR: return noSuchFile(message, file: file)
        default: return GaplessError.ofSystem("\(file): \(what)", number: number)
        }
    }

    private enum Envelope: String, CodingKey { case error }
    private enum Field: String, CodingKey { case code, message, retryable, file, line, recordsKept }

    /// The shape of every error: `{"error":{"code":...,"message":...,"retryable":false}}`.
    func encode(to encoder: any Encoder) throws {
        var envelope = encoder.container(keyedBy: Envelope.self)
        var fields = envelope.nestedContainer(keyedBy: Field.self, forKey: .error)
        try fields.encode(code, forKey: .code)
        try fields.encode(message, forKey: .message)
        try fields.encode(false, forKey: .retryable)
        try fields.encodeIfPresent(file, forKey: .file)
        try fields.encodeIfPresent(line, forKey: .line)
        try fields.encodeIfPresent(recordsKept, forKey: .recordsKept)
    }
}
