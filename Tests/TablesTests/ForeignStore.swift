import LMDB
import Tables
import Values

/// An environment that another program made, with one database `theirs`, adopted by a store.
final class ForeignStore {
    let folder: TemporaryFolder
    let store: Store

    /// - Parameter fill: what the program put there, key and value, before Gapless came.
    init(flags: DatabaseFlags = [], _ fill: [(key: [UInt8], value: [UInt8])]) throws {
        folder = try TemporaryFolder()
        do {
            let foreign = try Environment.open(at: folder.path, options: testOptions)
            try foreign.write { txn in
                let theirs = try txn.createDatabase("theirs", flags: flags)
                for (key, value) in fill { try txn.put(key, value, in: theirs) }
            }
        }
        store = try Store.open(at: folder.path, creation: .adopting(database: "theirs"), options: testOptions)
    }

    @discardableResult
    func attach(
        _ keys: AttachedKeys, as name: String = "people", format: ValueFormat = .json, keyField: String = "key"
    ) throws -> TableRecord {
        try store.write { txn in
            try store.attachTable(
                name, database: "theirs", keys: keys, keyField: field(keyField), format: format, in: txn)
        }
    }

    /// Writes as the other program does: past Gapless.
    func writePast(_ body: (borrowing WriteTransaction, Database) throws -> Void) throws {
        try store.environment.write { txn in try body(txn, txn.database("theirs")) }
    }

    /// What lies in the database, as the other program reads it.
    func theirs() throws -> [(key: [UInt8], value: String)] {
        try store.environment.read { txn in
            var all: [(key: [UInt8], value: String)] = []
            try txn.withCursor(in: txn.database("theirs")) { cursor in
                while try cursor.next() { all.append((cursor.key, String(decoding: cursor.value, as: UTF8.self))) }
            }
            return all
        }
    }

    /// The records of an answer as JSON, in order.
    func query(
        _ condition: String? = nil, orderBy order: String? = nil, allowScan: Bool = false
    ) throws -> [String] {
        var rows: [String] = []
        let query = try Query(where: condition, orderBy: order, allowScan: allowScan)
        try store.query(query, table: "people") { row in
            rows.append(try row.value().jsonText)
            return true
        }
        return rows
    }

    /// An index on `people` that is ready.
    func built(_ fields: FieldPath...) throws -> IndexRecord {
        let definition = IndexDefinition(fields: fields)
        let index = try store.write { try store.declareIndex(on: "people", definition, in: $0).index }
        try BuildByHand(store, index).run()
        return index
    }
}

/// The JSON of a person as another program writes it: the key is not in it.
func foreignPerson(_ number: Int) -> [UInt8] { Array(#"{ "email" : "u\#(number)@x", "age":\#(number % 10)}"#.utf8) }

/// A number as a key of the kind, as cursors show it.
func foreignKey(_ number: UInt64, _ keys: AttachedKeys, isInteger: Bool = false) -> [UInt8] {
    switch keys {
    case .text: Array("user-\(1_000 + number)".utf8)
    case .bytes: [0xFF] + withUnsafeBytes(of: number.bigEndian, Array.init)
    case .u64be: withUnsafeBytes(of: number.bigEndian, Array.init)
    case .u64native: isInteger
        ? withUnsafeBytes(of: number.bigEndian, Array.init) : withUnsafeBytes(of: number.littleEndian, Array.init)
    }
}
