internal import LMDB
internal import Values

/// Looks at the beginning of a database before it becomes a table: a wrong declaration would make every record bad.
///
/// One stray among them is no reason to refuse: it is listed when an index is built.
struct AttachTrial {
    /// Keys that are looked at: some milliseconds, while other writers wait.
    private static let keysMax = 10_000
    /// Values that are read.
    private static let valuesMax = 100

    private let table: TableRecord

    init(_ table: TableRecord) { self.table = table }

    func run(in database: Database, _ txn: borrowing WriteTransaction) throws {
        guard let rawKeys = table.rawKeys else { return }
        var seen = Seen()
        var last: [UInt8]?
        do {
            try txn.withCursor(in: database) { cursor in
                var more = try cursor.first()
                while more, seen.keys < Self.keysMax {
                    let key = cursor.key
                    if let last, !last.precedes(key) { throw unordered(last, key) }
                    last = key
                    cursor.withEntry { key, value in look(at: key, value, rawKeys, &seen) }
                    more = try cursor.next()
                }
                // Also the other end: keys of another size, if there are any among integers, may be there.
                _ = try cursor.last()
            }
        } catch let error as LMDBError where error.code == .badIntegerKey {
            throw GaplessError(.notAttachable, "the database \(database.name) cannot be attached: \(error.context)")
        }
        try judge(seen)
    }

    private struct Seen {
        var keys = 0
        var fittingKeys = 0
        var values = 0
        var fittingValues = 0
        var keyError: RecordError?
        var valueError: RecordError?
    }

    private func look(at key: RawSpan, _ value: RawSpan, _ rawKeys: RawKeys, _ seen: inout Seen) {
        seen.keys += 1
        do {
            _ = try rawKeys.value(of: key)
        } catch {
            seen.keyError = seen.keyError ?? error
            return
        }
        seen.fittingKeys += 1
        guard seen.values < Self.valuesMax else { return }
        seen.values += 1
        do {
            _ = try table.withWhole(key, value) { try table.decode($0) }
            seen.fittingValues += 1
        } catch {
            seen.valueError = seen.valueError ?? error as? RecordError
        }
    }

    private func judge(_ seen: Seen) throws {
        let (name, database) = (table.name, table.recordsDatabase)
        if seen.keys > 0, seen.fittingKeys == 0, let error = seen.keyError {
            throw GaplessError(
                .notAttachable,
                "\(name) was not attached: none of the first \(seen.keys) keys of \(database) is one of "
                    + "\(table.attachment?.keys.rawValue ?? "this kind") (\(error)): declare another --key")
        }
        guard seen.values > 0, seen.fittingValues == 0, let error = seen.valueError else { return }
        if error.code == .duplicateKey {
            throw GaplessError(
                .notAttachable,
                "\(name) was not attached: the records of \(database) have a field \(table.keyField) of their own, in "
                    + "which their keys would be shown (\(error)): name another field with --key-field")
        }
        throw GaplessError(
            .notAttachable,
            "\(name) was not attached: none of the first \(seen.values) values of \(database) is a record in "
                + "\(table.format.rawValue) (\(error)): declare other --values")
    }

    private func unordered(_ a: [UInt8], _ b: [UInt8]) -> GaplessError {
        GaplessError(
            .notAttachable,
            "\(table.name) was not attached: the keys of \(table.recordsDatabase) are not in the order of their bytes "
                + "(\(PrimaryKeyText.hexadecimal(a)) comes before \(PrimaryKeyText.hexadecimal(b))): the program that "
                + "owns them compares them in a way of its own (mdb_set_compare), which no other program can know")
    }
}
