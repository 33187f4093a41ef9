import Glibc
import LMDB
import Tables
import Values

/// A folder of a test's own, removed when the test lets it go.
final class TemporaryFolder {
    let path: String

    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/gapless-tables-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw GaplessError(.inputOutput, "mkdtemp: error \(errno)") }
        path = String(cString: made)
    }

    deinit {
        for name in ["data.mdb", "lock.mdb", "gate"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

/// Unsynced: these tests are about what transactions mean, not about power loss.
var testOptions: Environment.Options {
    var options = Environment.Options()
    options.isSynced = false
    options.mapBytes = 1 << 30
    return options
}

/// A new database with a table `people` (key `id`), in a folder of its own.
final class TemporaryStore {
    let folder: TemporaryFolder
    let store: Store

    init(format: ValueFormat = .messagePack) throws {
        folder = try TemporaryFolder()
        store = try Store.open(at: folder.path, creation: .ifMissing, options: testOptions)
        _ = try store.write { try store.createTable("people", keyField: field("id"), format: format, in: $0) }
    }
}

/// A path that a test knows to be good.
func field(_ text: String) -> FieldPath {
    do { return try FieldPath(text) } catch { fatalError("\(error)") }
}

func fields(_ texts: String...) -> [FieldPath] { texts.map(field) }

/// A record of `people`.
func person(_ id: Int, _ values: (String, Value)...) -> Value {
    .map([MapEntry("id", .int(Int64(id)))] + values.map { MapEntry($0.0, $0.1) })
}

func person(_ id: Int, email: String) -> Value { person(id, ("email", .string(email))) }

func idKey(_ id: Int) throws -> [UInt8] { try KeyEncoding.primaryKey(.int(Int64(id))) }

extension Store {
    /// Declares an index on `people`.
    func declare(_ fields: FieldPath..., name: String? = nil, indexesNulls: Bool = true) throws -> IndexRecord {
        let definition = IndexDefinition(fields: fields, name: name, indexesNulls: indexesNulls)
        return try write { try declareIndex(on: "people", definition, in: $0).index }
    }

    func putPeople(_ records: Value...) throws {
        try write { txn in for record in records { try put(record, into: "people", in: txn) } }
    }

    func deletePeople(_ ids: Int...) throws {
        try write { txn in for id in ids { try delete(key: idKey(id), from: "people", in: txn) } }
    }

    /// The index as it is now.
    func current(_ index: IndexRecord) throws -> IndexRecord { try read { try live(index, in: $0) } }
}
