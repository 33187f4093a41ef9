import LMDB
import Simulation
import Tables
import Values

/// What only unique indexes have.
extension RealSide {
    /// A key of a record's field: bytes, and null for the first, as nulls come first in an index.
    static func value(ofKey key: Int) -> Value {
        key == SimulatedEntry.nullKey ? .null : .bytes([UInt8(key)])
    }

    static func indexKey(_ key: Int) throws -> [UInt8] { try KeyEncoding.indexKey([value(ofKey: key)]) }

    /// Reads the index back as a loader does, and lists what it finds.
    func noteSharedKeys(
        _ index: IndexRecord, _ generation: UInt32, _ txn: borrowing WriteTransaction
    ) throws -> String {
        var finder = Tables.SharedKeyFinder(components: index.fields.count)
        try txn.withCursor(in: store.entries(of: index, generation: generation, in: txn)) { cursor in
            var more = try cursor.first()
            while more {
                try cursor.withEntry { entry, _ in try finder.take(entry) }
                more = try cursor.next()
            }
        }
        let found = finder.takeFound()
        try store.noteSharedKeys(found, of: index, generation: generation, in: txn)
        return "noted \(found.count)"
    }

    /// The listed keys of a generation, shared still or not.
    func suspects(of generation: UInt32, of index: IndexRecord) throws -> [String] {
        let prefix =
            withUnsafeBytes(of: index.id.bigEndian) { Array($0) }
            + withUnsafeBytes(of: generation.bigEndian) { Array($0) }
        let keys = try (0..<SimulatedRecord.keyCount).map(Self.indexKey)
        return try rows(of: "gapless/shared").compactMap { row in
            guard row.key.starts(with: prefix) else { return nil }
            let key = Array(row.key.dropFirst(prefix.count))
            return "k\(keys.firstIndex(of: key) ?? -1)"
        }
    }
}
