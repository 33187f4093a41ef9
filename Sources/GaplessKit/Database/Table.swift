internal import Tables
internal import Values

/// A table of records of one type: its name, which field is the primary key, and how records are stored.
///
/// It is a value without a database: declare it once, as a constant, and create it in a transaction. `Record` is any
/// `Codable` type whose top level has named fields; `Table<Value>` takes records of any shape.
public struct Table<Record: Codable & Sendable>: Hashable, Sendable {
    /// How records lie in the database.
    public enum Format: Hashable, Sendable, CaseIterable {
        /// MessagePack, which says itself what is a timestamp and what are bytes.
        case messagePack
        /// JSON text, for tables that other programs read; timestamps are texts of RFC 3339, bytes texts in base64.
        case json
    }

    /// The table's name.
    public let name: String
    /// The field that holds the primary key, a dot between the steps into nested ones.
    public let key: String
    /// How records are stored.
    public let format: Format
    /// The fields of a JSON table that hold timestamps.
    public let timestamps: [String]
    /// The fields of a JSON table that hold bytes.
    public let bytes: [String]

    /// A table; nothing is created yet.
    public init(
        _ name: String, of type: Record.Type = Record.self, key: String, format: Format = .messagePack,
        timestamps: [String] = [], bytes: [String] = []
    ) {
        self.name = name
        self.key = key
        self.format = format
        self.timestamps = timestamps
        self.bytes = bytes
    }

    var schema: Schema {
        get throws {
            var schema = Schema()
            for field in timestamps { schema.set(.timestamp, for: try FieldPath(field)) }
            for field in bytes { schema.set(.bytes, for: try FieldPath(field)) }
            return schema
        }
    }

    var valueFormat: ValueFormat {
        switch format {
        case .messagePack: .messagePack
        case .json: .json
        }
    }

    /// Throws `ALREADY_EXISTS` unless a table that is there means the same.
    func check(_ record: TableRecord) throws {
        guard try record.keyField == FieldPath(key), record.format == valueFormat, try record.schema == schema else {
            throw DatabaseError(
                .alreadyExists,
                "the table \"\(name)\" exists with another meaning (key \(record.keyField), "
                    + "\(record.format.rawValue)): declare it as it is, or choose another name")
        }
    }
}
