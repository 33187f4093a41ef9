import Glibc

/// Finds programs of the system.
enum InstalledProgram {
    /// The path of a program: from the folders first, then from PATH. Throws `PeerMissing`.
    static func path(_ name: String, of peer: String, package: String, folders: [String] = []) throws -> String {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let all = folders + path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        guard let folder = all.first(where: { access("\($0)/\(name)", X_OK) == 0 }) else {
            throw PeerMissing(peer: peer, program: name, package: package)
        }
        return "\(folder)/\(name)"
    }

    /// The number behind these words in what a program printed: `Time: 12.5 ms` has 12.5 behind `Time:`.
    static func number(behind words: String, in text: String) -> Double? {
        guard let range = text.ranges(of: words).last else { return nil }
        let rest = text[range.upperBound...].drop { $0 == " " }
        return Double(rest.prefix { $0.isNumber || $0 == "." })
    }
}
