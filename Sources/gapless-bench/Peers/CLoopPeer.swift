import CPeer
import Tables
import Values

/// A plain C loop over the same LMDB records, in a process of its own.
final class CLoopPeer: Peer {
    enum Way: String {
        /// Scan, sort, MDB_APPEND.
        case append
        /// One put an entry as records come, a commit each thousand records.
        case puts
    }

    let name: String
    private let way: Way
    private let bench: Bench
    private let children: Children
    private var source: SourceTable?

    init(_ way: Way, _ bench: Bench) {
        name = way == .append ? "C: scan, sort, append" : "C: record by record"
        (self.way, self.bench) = (way, bench)
        children = bench.makeChildren()
    }

    func prepare(_ source: SourceTable, rows: () throws -> String) { self.source = source }

    func build(on field: FieldPath) throws -> PeerBuild {
        guard let source else { throw BenchFailure("\(name) has no records: a defect of the bench") }
        let target = try bench.folder.makeFolder("c-index")
        let said = try children.run(
            bench.ownProgram(),
            ["c-loop", way.rawValue, source.directory, try source.recordsDatabase(), field.text, target], named: name)
        try bench.folder.remove("c-index")
        let numbers = said.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 3 else { throw BenchFailure("\(name) said something else than three numbers: \(said)") }
        return PeerBuild(seconds: numbers[0], indexBytes: UInt64(numbers[1]), entries: UInt64(numbers[2]))
    }
}

/// Calls the C loops; not in a process that has the environment open.
enum CLoop {
    /// Records between two commits of the loop of puts.
    static let recordsPerCommit: UInt64 = 1_000

    static func build(_ way: CLoopPeer.Way, from directory: String, records: String, field: String, to target: String)
        throws -> cpeer_build
    {
        var result = cpeer_build()
        let code = directory.withCString { directory in
            records.withCString { records in
                field.withCString { field in
                    var table = cpeer_table(directory: directory, records: records, field: field)
                    return switch way {
                    case .append: cpeer_build_by_append(&table, target, &result)
                    case .puts: cpeer_build_by_puts(&table, target, recordsPerCommit, &result)
                    }
                }
            }
        }
        guard code == 0 else { throw BenchFailure("the loop in C failed: \(text(result.message))") }
        return result
    }

    /// Looks prefixes up in an index and reads the record of each entry found.
    static func lookUp(
        _ prefixes: [UInt8], _ ends: [Int], in directory: String, records: String, index: String
    ) throws -> cpeer_lookups {
        var result = cpeer_lookups()
        let code = directory.withCString { directory in
            records.withCString { records in
                var table = cpeer_table(directory: directory, records: records, field: nil)
                return cpeer_look_up(&table, index, prefixes, ends, ends.count, 1, &result)
            }
        }
        guard code == 0 else { throw BenchFailure("the loop in C failed: \(text(result.message))") }
        return result
    }

    /// The text in an array of C.
    static func text(_ array: some Any) -> String {
        withUnsafeBytes(of: array) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
