internal import LMDB
internal import Values

/// How a bad record lies in its database.
///
///     key    index id (8 bytes, big-endian) ‖ generation (4) ‖ primary key (a long one cut, as in entries)
///     value  1 byte open or waived ‖ length of the primary key (2, big-endian) ‖ primary key ‖ error text
struct BadRecordRow {
    static let prefixBytes = 12

    let key: [UInt8]
    let isWaived: Bool
    let error: String

    static func prefix(index: UInt64, generation: UInt32) -> [UInt8] {
        withUnsafeBytes(of: index.bigEndian) { Array($0) } + withUnsafeBytes(of: generation.bigEndian) { Array($0) }
    }

    static func rowKey(index: UInt64, generation: UInt32, primaryKey: RawSpan) -> [UInt8] {
        var row = prefix(index: index, generation: generation)
        EntryLayout.appendPrimaryKeyPart(primaryKey, to: &row)
        return row
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = [isWaived ? 1 : 0, UInt8(key.count >> 8), UInt8(key.count & 255)]
        bytes += key
        bytes += Array(error.utf8)
        return bytes
    }

    init(key: [UInt8], isWaived: Bool, error: String) {
        self.key = key
        self.isWaived = isWaived
        self.error = error
    }

    init(encoded bytes: [UInt8]) throws {
        let damaged = GaplessError(.corrupt, "the list of bad records holds a row that cannot be read")
        guard bytes.count >= 3, bytes[0] <= 1 else { throw damaged }
        let length = Int(bytes[1]) << 8 | Int(bytes[2])
        guard bytes.count >= 3 + length else { throw damaged }
        isWaived = bytes[0] == 1
        key = Array(bytes[3..<3 + length])
        error = String(decoding: bytes[(3 + length)...], as: UTF8.self)
    }
}
