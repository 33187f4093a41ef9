import Values

/// Another way to get the same index, on the same records and the same machine.
protocol Peer: AnyObject {
    /// What it is called in reports.
    var name: String { get }
    /// Takes the records in; called once. `rows` is a file of them in the form `.copy`.
    func prepare(_ source: SourceTable, rows: () throws -> String) throws
    /// Builds an index on one field, measures it, and removes it again.
    func build(on field: FieldPath) throws -> PeerBuild
}

/// What a peer's build of one index took.
struct PeerBuild {
    let seconds: Double
    /// What the index takes on disk.
    let indexBytes: UInt64
    /// Entries that it made; nil where that is not told.
    var entries: UInt64?
}

/// The peers by the names of `--peers`.
enum PeerKind: String, CaseIterable {
    case postgres, sqlite
    /// Both of the next.
    case lmdbC = "lmdb-c"
    case lmdbCAppend = "lmdb-c-append"
    case lmdbCPuts = "lmdb-c-puts"

    static let names = allCases.map(\.rawValue).joined(separator: ", ")

    /// The kinds that a list names; throws for one that is none.
    static func list(_ text: String?) throws -> [PeerKind] {
        try (text ?? "").split(separator: ",").map { name in
            guard let kind = PeerKind(rawValue: String(name)) else {
                throw BenchFailure("--peers does not know '\(name)': it takes \(names), between commas")
            }
            return kind
        }
    }

    /// Throws `PeerMissing` if it is not installed, before anything is measured.
    func make(in bench: Bench) throws -> [any Peer] {
        switch self {
        case .postgres: [try PostgresPeer(bench)]
        case .sqlite: [try SQLitePeer(bench)]
        case .lmdbC: [CLoopPeer(.append, bench), CLoopPeer(.puts, bench)]
        case .lmdbCAppend: [CLoopPeer(.append, bench)]
        case .lmdbCPuts: [CLoopPeer(.puts, bench)]
        }
    }
}

/// Peers that have taken the records in.
struct Peers {
    let all: [any Peer]

    init(_ names: String?, in bench: Bench) throws { all = try PeerKind.list(names).flatMap { try $0.make(in: bench) } }

    /// Hands the records over: those that cannot read the database get a file of rows, written once.
    func prepare(_ source: SourceTable) throws {
        var written: String?
        for peer in all {
            ReportOutput.say("\(peer.name) takes the records in")
            try peer.prepare(source) {
                if let written { return written }
                let path = source.bench.folder.path("records.tsv")
                let options = source.options
                try DataSetFile(records: options.records, seed: options.seed, data: options.data, form: .copy)
                    .write(toFile: path)
                written = path
                return path
            }
        }
        try source.bench.folder.remove("records.tsv")
    }
}
