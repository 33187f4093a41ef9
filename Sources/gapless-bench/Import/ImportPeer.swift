/// Another way to import the same file: the names of `--peers` of `gapless-bench import`.
enum ImportPeer: String, CaseIterable {
    /// A loop in C++ on one thread: simdjson, MessagePack, MDB_APPEND.
    case simdjsonC = "simdjson-c"

    static let names = allCases.map(\.rawValue).joined(separator: ", ")

    /// What it is called in reports.
    var title: String { "C++: simdjson, append" }

    /// The peers that a list names; throws for one that is none.
    static func list(_ text: String?) throws -> [ImportPeer] {
        try (text ?? "").split(separator: ",").map { name in
            guard let peer = ImportPeer(rawValue: String(name)) else {
                throw BenchFailure("--peers does not know '\(name)': of the import it takes \(names)")
            }
            return peer
        }
    }
}
