internal import FoundationEssentials
internal import LMDB

/// How the catalog lies in its database: text keys, JSON rows.
///
///     format                     "gapless 1"
///     environment                16 random bytes
///     stamp                      16 random bytes
///     next-id                    decimal
///     table/00000000000000000001 TableRecord
///     index/00000000000000000002 IndexRecord
///     throttle                   Throttle of all builds
///     throttle/0000...0000000002 Throttle of the builds of an index
enum CatalogStorage {
    static let database = "gapless/catalog"
    /// Raised when a program of the older number would misread the environment.
    static let formatVersion = 1
    static let formatKey = Array("format".utf8)
    static let environmentKey = Array("environment".utf8)
    static let stampKey = Array("stamp".utf8)
    static let nextIDKey = Array("next-id".utf8)
    static let tablePrefix = "table/"
    static let indexPrefix = "index/"
    static let throttlePrefix = "throttle/"
    static let stampBytes = 16

    static func key(_ prefix: String, _ id: UInt64) -> [UInt8] {
        let digits = String(id)
        return Array((prefix + String(repeating: "0", count: 20 - digits.count) + digits).utf8)
    }

    static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    static func encode(_ row: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(row))
    }

    static func decode<Row: Decodable>(_ type: Row.Type, key: [UInt8], value: [UInt8]) throws -> Row {
        do {
            return try JSONDecoder().decode(type, from: Data(value))
        } catch {
            let name = String(decoding: key, as: UTF8.self)
            throw GaplessError(.corrupt, "the catalog row \(name) cannot be read: \(error)")
        }
    }

    /// Reads and parses every row of the catalog.
    static func load(
        stamp: [UInt8], from database: Database, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Catalog {
        var tables: [TableRecord] = []
        var indexes: [IndexRecord] = []
        try txn.withCursor(in: database) { cursor in
            var more = try cursor.first()
            while more {
                let key = cursor.key
                if key.starts(with: tablePrefix.utf8) {
                    tables.append(try decode(TableRecord.self, key: key, value: cursor.value))
                } else if key.starts(with: indexPrefix.utf8) {
                    indexes.append(try decode(IndexRecord.self, key: key, value: cursor.value))
                }
                more = try cursor.next()
            }
        }
        return Catalog(stamp: stamp, tables: tables, indexes: indexes)
    }
}
