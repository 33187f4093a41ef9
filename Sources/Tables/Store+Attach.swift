public import LMDB
public import Values

extension Store {
    /// Makes a table of a database that another program wrote into this environment; nothing in it is rewritten.
    ///
    /// `keyField` names the field, of one step, in which records show their keys. Throws `NO_SUCH_DATABASE`;
    /// `NOT_ATTACHABLE` for a database of Gapless, for one that LMDB keeps in a way that a table cannot have
    /// (`MDB_DUPSORT`, `MDB_REVERSEKEY`), and for keys or values that are plainly not as declared; `ALREADY_EXISTS` if
    /// a table has the name or the database; `BAD_NAME`.
    @discardableResult
    public func attachTable(
        _ name: String, database: String, keys: AttachedKeys, keyField: FieldPath,
        format: ValueFormat = .messagePack, schema: Schema = Schema(), in txn: borrowing WriteTransaction
    ) throws -> TableRecord {
        try ObjectName.check(name, of: "table")
        guard keyField.components.count == 1 else {
            throw GaplessError(.badName, "the key field \(keyField) has several steps: name one at the top of a record")
        }
        let catalog = try catalog(in: txn)
        if let table = catalog.tableIfPresent(name) {
            throw GaplessError(
                .alreadyExists, "the table \"\(name)\" exists already (key \(table.keyField)): choose another name")
        }
        try checkNotOurs(database, catalog)
        let flags = try foreignFlags(of: database, keys: keys, in: txn)
        var schema = schema
        if keys == .bytes { schema.set(.bytes, for: keyField) }
        let isIntegerKeyed = flags.contains(.integerKeys)
        let table = TableRecord(
            id: try nextID(in: txn), name: name, keyField: keyField, format: format, schema: schema,
            attachment: TableAttachment(database: database, keys: keys, isIntegerKeyed: isIntegerKeyed),
            createdAt: clock())
        try AttachTrial(table).run(in: txn.database(database), txn)
        try save(table, in: txn)
        return table
    }

    /// The database that an attached table lies in, if it is as it was when it was attached.
    func database(
        of attachment: TableAttachment, of table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Database {
        guard let database = try txn.databaseIfPresent(attachment.database) else {
            throw GaplessError(
                .noSuchDatabase,
                "the database \(attachment.database) of the attached table \(table.name) is not in \(directory) any "
                    + "more: put it back, or detach the table (gapless table drop \(table.name))")
        }
        let flags = try txn.statistics(of: database).flags
        let expected: DatabaseFlags = attachment.isIntegerKeyed ? .integerKeys : []
        guard flags == expected else {
            throw GaplessError(
                .notAttachable,
                "the database \(attachment.database) was made anew with other flags (\(flags.text)) since the table "
                    + "\(table.name) was attached to it: drop the table and attach it again")
        }
        return database
    }

    /// How many records a table has; nil if the database of an attached table is not there.
    public func recordsCountIfThere(
        of table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Int? {
        guard let database = try txn.databaseIfPresent(table.recordsDatabase) else { return nil }
        return try txn.statistics(of: database).entries
    }

    /// Throws unless the database is none of Gapless and no table's.
    private func checkNotOurs(_ database: String, _ catalog: Catalog) throws {
        guard !database.isEmpty else { throw Store.unnamed }
        if let table = catalog.tables.first(where: { $0.recordsDatabase == database }) {
            throw GaplessError(
                .alreadyExists, "the database \(database) is that of the table \(table.name) already: use that table")
        }
        guard !Store.isNameOfOurs(database) else {
            throw GaplessError(
                .notAttachable, "\(database) is a database of Gapless itself: attach one that another program wrote")
        }
    }

    /// Whether a database has a name as Gapless gives them: `gapless/...`, `t/ID`, `i/ID/GENERATION`,
    /// `g/ID/GENERATION`, `d/ID/GENERATION`.
    static func isNameOfOurs(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count > 1 else { return false }
        let areNumbers = parts.dropFirst().allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        switch first {
        case "gapless": return true
        case "t": return parts.count == 2 && areNumbers
        case "i", "g", "d": return parts.count == 3 && areNumbers
        default: return false
        }
    }

    private func foreignFlags(
        of name: String, keys: AttachedKeys, in txn: borrowing WriteTransaction
    ) throws -> DatabaseFlags {
        // What is there may also be a record that a program wrote into the main database.
        let all = try txn.databaseNames()
        guard all.contains(name) else { throw Store.noForeign(name, all, in: directory) }
        let flags = try txn.statistics(of: txn.database(name)).flags
        for (flag, what) in DatabaseFlags.unfit where flags.contains(flag) {
            throw GaplessError(.notAttachable, "the database \(name) cannot be attached: \(what)")
        }
        guard !flags.contains(.integerKeys) || keys == .u64native else {
            throw GaplessError(
                .notAttachable,
                "the keys of the database \(name) are integers (MDB_INTEGERKEY): attach it with --key u64native")
        }
        return flags
    }

    static var unnamed: GaplessError {
        GaplessError(
            .notAttachable,
            "the unnamed main database of an environment cannot be attached: LMDB keeps the names of all others in it, "
                + "those of Gapless too; let the program that owns the records write them into a named one")
    }

    /// - Parameter all: the names of all databases of the environment.
    static func noForeign(_ name: String, _ all: [String], in directory: String) -> GaplessError {
        let others = all.filter { !Store.isNameOfOurs($0) }
        let list = others.isEmpty ? "it holds none of another program" : "it holds \(others.joined(separator: ", "))"
        return GaplessError(.noSuchDatabase, "\(directory) has no database \"\(name)\": \(list)")
    }
}

extension DatabaseFlags {
    /// What makes a database unfit for a table, and why.
    fileprivate static let unfit: [(DatabaseFlags, String)] = [
        (.duplicates, "it may hold several values under one key (MDB_DUPSORT), and a table has one record a key"),
        (.reversedKeys, "its keys are compared from their ends (MDB_REVERSEKEY), and a table's from their beginnings"),
    ]

    fileprivate var text: String {
        let names: [(DatabaseFlags, String)] = [
            (.reversedKeys, "MDB_REVERSEKEY"), (.duplicates, "MDB_DUPSORT"), (.integerKeys, "MDB_INTEGERKEY"),
        ]
        let found = names.filter { contains($0.0) }.map(\.1)
        return found.isEmpty ? "none" : found.joined(separator: ", ")
    }
}
