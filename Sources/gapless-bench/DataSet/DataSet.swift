import ArgumentParser

/// A named set of generated records: the usual one, and one for each thing that may be hard on an index.
///
/// All have the primary key `id`, counted from 1, and all but `people` the field `key`, which is what is indexed.
///
/// | name         | a record |
/// |--------------|----------|
/// | people       | about 250 bytes: e-mail, city, created_at, score, tags, bio (``RecordGenerator``) |
/// | tiny-keys    | about 250 bytes; keys of 1 byte, 32 different |
/// | long-keys    | keys of 500 random bytes: entries of them are longer than LMDB allows |
/// | equal        | about 250 bytes; all keys the same 24 bytes |
/// | sorted       | about 250 bytes; keys of 24 bytes that rise with the id |
/// | reversed     | about 250 bytes; keys of 24 bytes that fall with the id |
/// | tiny-records | 10 to 14 bytes of MessagePack, keys are numbers of one digit |
/// | huge-records | 100 KiB; random keys of 24 bytes |
enum DataSet: String, CaseIterable, ExpressibleByArgument, Codable, Sendable {
    case people
    case tinyKeys = "tiny-keys"
    case longKeys = "long-keys"
    case equal, sorted, reversed
    case tinyRecords = "tiny-records"
    case hugeRecords = "huge-records"

    /// A field of a record, as other databases have it.
    struct Column: Equatable {
        enum Kind { case integer, double, text, list }

        let name: String
        let kind: Kind
    }

    static let longKeyBytes = 500
    static let fillerBytes = 200
    /// With id, key and the names of the fields 100 KiB.
    static let hugeFillerBytes = 102_400 - 50

    /// What is indexed unless said otherwise.
    var field: String { self == .people ? "email" : "key" }

    /// No line of a record is longer, its newline included, in bytes.
    var lineBytesMax: Int {
        switch self {
        case .people, .tinyKeys, .equal, .sorted, .reversed, .tinyRecords: 512
        case .longKeys: 1_024
        case .hugeRecords: 103_424
        }
    }

    /// The fields in the order in which they are written.
    var columns: [Column] {
        let id = Column(name: "id", kind: .integer)
        switch self {
        case .people:
            return [
                id, Column(name: "email", kind: .text), Column(name: "city", kind: .text),
                Column(name: "created_at", kind: .integer), Column(name: "score", kind: .double),
                Column(name: "tags", kind: .list), Column(name: "bio", kind: .text),
            ]
        case .tinyKeys, .equal, .sorted, .reversed, .hugeRecords:
            return [id, Column(name: "key", kind: .text), Column(name: "bio", kind: .text)]
        case .longKeys: return [id, Column(name: "key", kind: .text)]
        case .tinyRecords: return [id, Column(name: "key", kind: .integer)]
        }
    }
}
