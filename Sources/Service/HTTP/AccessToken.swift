internal import Glibc
internal import Tables

/// The secret that requests carry as `Authorization: Bearer TOKEN`.
public struct AccessToken: Sendable {
    /// Shorter ones can be guessed.
    static let bytesMin = 16
    /// Longer ones do not fit into a head.
    static let bytesMax = 4_096

    private let bytes: [UInt8]

    /// A token; throws `NOT_PERMITTED` for one that is too short or too long, or could not stand in a header.
    public init(_ text: String) throws {
        bytes = Array(text.utf8)
        guard (AccessToken.bytesMin...AccessToken.bytesMax).contains(bytes.count) else {
            throw GaplessError(
                .notPermitted,
                "a token has \(AccessToken.bytesMin) to \(AccessToken.bytesMax) characters, this one has \(bytes.count)"
            )
        }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw GaplessError(.notPermitted, "a token is made of printable ASCII characters without blanks")
        }
    }

    /// Reads the token from a file that others on this machine cannot read, without the blanks and line ends around it.
    public static func read(_ path: String) throws -> AccessToken {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw refused(path, "cannot be opened (error \(errno))", "check --token-file") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refused(path, "is no file", "check --token-file")
        }
        guard status.st_mode & 0o007 == 0 else {
            throw refused(path, "may be read by every user of this machine", "chmod o-rwx \(path)")
        }
        var buffer = [UInt8](repeating: 0, count: bytesMax + 64)
        let count = Glibc.read(file, &buffer, buffer.count)
        guard count >= 0 else { throw refused(path, "cannot be read (error \(errno))", "check --token-file") }
        let words = String(decoding: buffer[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 1 else { throw refused(path, "does not hold one token", "openssl rand -hex 32 makes one") }
        return try AccessToken(String(words[0]))
    }

    private static func refused(_ path: String, _ what: String, _ advice: String) -> GaplessError {
        GaplessError(.notPermitted, "the token file \(path) \(what): \(advice)")
    }

    /// Whether a header `Authorization` carries it. How long this takes tells nothing about how much of it is right.
    func admits(_ authorization: String?) -> Bool {
        guard let authorization else { return false }
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return false }
        let given = Array(words[1].utf8)
        var difference = UInt(bitPattern: given.count ^ bytes.count)
        for place in bytes.indices {
            difference |= UInt(bytes[place] ^ (place < given.count ? given[place] : 0))
        }
        return difference == 0
    }
}
