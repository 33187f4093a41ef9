import Foundation

/// A value that a record may be found by, or be the key of.
enum Scalar: Hashable, Sendable {
    case string(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)

    /// As a condition of a query spells it; nil for what is not asked for: equal doubles depend on their spelling.
    var literal: String? {
        switch self {
        case .string(let text): "'" + text.replacing("'", with: "''") + "'"
        case .int(let number): String(number)
        case .double, .bool: nil
        }
    }

    /// As the command line takes a primary key.
    var keyText: String {
        switch self {
        case .string(let text): jsonText(text)
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .bool(let flag): String(flag)
        }
    }

    /// As JSON holds it.
    var json: Any {
        switch self {
        case .string(let text): text
        case .int(let number): number
        case .double(let number): number
        case .bool(let flag): flag
        }
    }
}

private func jsonText(_ text: String) -> String {
    // A text always has a JSON form.
    let quoted = (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) }
    return quoted ?? text
}

/// Of one record: its key, and the values of the fields that the index is over. Read without any code of the program's.
struct FieldRow: Decodable, Sendable {
    let key: Scalar?
    /// For each field the scalars in it: one, or those of an array, or none.
    let fields: [[Scalar]]

    /// Which fields to read.
    struct Wanted: Sendable {
        let key: String
        let paths: [[String]]
    }

    /// A row made by hand.
    init(key: Scalar?, fields: [[Scalar]]) {
        (self.key, self.fields) = (key, fields)
    }

    static let wanted = CodingUserInfoKey(rawValue: "wanted")

    init(from decoder: any Decoder) throws {
        guard let name = Self.wanted, let wanted = decoder.userInfo[name] as? Wanted else {
            throw RehearsalFailure("a record is decoded without its fields being named")
        }
        let record = try decoder.container(keyedBy: Name.self)
        key = try Self.scalars(at: wanted.key.split(separator: ".").map(String.init), in: record).first
        fields = try wanted.paths.map { try Self.scalars(at: $0, in: record) }
    }

    private static func scalars(at path: [String], in record: KeyedDecodingContainer<Name>) throws -> [Scalar] {
        guard let first = path.first, record.contains(Name(first)) else { return [] }
        guard path.count == 1 else {
            // A value that is no object has no such field.
            guard let inner = try? record.nestedContainer(keyedBy: Name.self, forKey: Name(first)) else { return [] }
            return try scalars(at: Array(path.dropFirst()), in: inner)
        }
        return try record.decode(Leaf.self, forKey: Name(first)).scalars
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    /// A scalar, an array of them, or something else, which has none.
    private struct Leaf: Decodable {
        var scalars: [Scalar] = []

        init(from decoder: any Decoder) throws {
            if var list = try? decoder.unkeyedContainer() {  // no list: then it is looked at as a single value
                while !list.isAtEnd { scalars += try list.decode(Leaf.self).scalars }
                return
            }
            guard let value = try? decoder.singleValueContainer(), !value.decodeNil() else { return }  // no scalar
            // Each try? asks "is it one?"; the next kind is tried if not.
            if let text = try? value.decode(String.self) {  // as said above
                scalars = [.string(text)]
            } else if let flag = try? value.decode(Bool.self) {  // as said above
                scalars = [.bool(flag)]
            } else if let number = try? value.decode(Int64.self) {  // as said above
                scalars = [.int(number)]
            } else if let number = try? value.decode(Double.self) {  // as said above
                scalars = [.double(number)]
            }
        }
    }
}

/// Reads NDJSON, piece by piece.
struct RowReader {
    private let decoder = JSONDecoder()
    private var rest: [UInt8] = []

    init(_ wanted: FieldRow.Wanted) {
        if let name = FieldRow.wanted { decoder.userInfo[name] = wanted }
    }

    /// Hands over each whole line, decoded.
    mutating func read(_ piece: ArraySlice<UInt8>, _ take: (FieldRow, ArraySlice<UInt8>) throws -> Void) throws {
        rest += piece
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[start..<end]
            if !line.isEmpty { try take(try decoder.decode(FieldRow.self, from: Data(line)), line) }
            start = end + 1
        }
        rest.removeSubrange(..<start)
    }

    /// Every row of a whole answer.
    mutating func readAll(_ output: [UInt8]) throws -> [FieldRow] {
        var rows: [FieldRow] = []
        try read(output[...]) { row, _ in rows.append(row) }
        return rows
    }
}
