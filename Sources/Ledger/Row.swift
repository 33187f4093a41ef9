internal import Backfill
internal import FoundationEssentials
internal import LMDB
internal import Tables

/// How rows lie in the ledger's database.
enum Row {
    static let format = Array("format".utf8)
    static let office = Array("office".utf8)

    static func job(_ job: JobID) -> [UInt8] { key("j", job) }
    static func range(_ job: JobID, _ range: RangeID) -> [UInt8] { key("r", job, range) }
    static func build(_ job: JobID, _ index: Int) -> [UInt8] { key("b", job, UInt64(index)) }

    static func history(_ index: UInt64, _ job: JobID) -> [UInt8] { key("h", index, job) }

    static let jobs = Array("j".utf8)
    static let allHistory = Array("h".utf8)
    static func history(of index: UInt64) -> [UInt8] { key("h", index) }
    static func ranges(of job: JobID) -> [UInt8] { key("r", job) }
    static func builds(of job: JobID) -> [UInt8] { key("b", job) }

    private static func key(_ kind: String, _ numbers: UInt64...) -> [UInt8] {
        Array(kind.utf8)
            + numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
    }

    static func encode(_ row: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(row))
    }

    static func decode<R: Decodable>(_ type: R.Type, _ bytes: [UInt8]) throws -> R {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw GaplessError(.corrupt, "a row of the ledger (\(type)) cannot be read: \(error)")
        }
    }

    static func read<R: Decodable>(
        _ type: R.Type, at key: [UInt8], in database: Database, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> R? {
        try txn.value(of: key, in: database).map { try decode(type, $0) }
    }

    /// Every row whose key begins with `prefix`, in key order.
    static func readAll<R: Decodable>(
        _ type: R.Type, under prefix: [UInt8], in database: Database,
        _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> [R] {
        try txn.withCursor(in: database) { cursor in
            var rows: [R] = []
            var isInside = try cursor.seek(atOrAfter: prefix)
            while isInside, cursor.key.starts(with: prefix) {
                rows.append(try decode(type, cursor.value))
                isInside = try cursor.next()
            }
            return rows
        }
    }
}
