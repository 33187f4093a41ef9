/// A named database of an environment: its name, with the handle that one transaction found for it.
///
/// Ask the transaction for it once (`txn.database(name)`) and use it as often as you like there. It may be kept for
/// later transactions, which then look its name up again at every operation.
public struct Database: Hashable, Sendable {
    /// The name, unique in its environment.
    public let name: String
    /// LMDB's handle (`MDB_dbi`), certain only in the transaction `resolvedIn`.
    let handle: UInt32
    /// Whether LMDB compares its keys as integers: see `IntegerKey`.
    let isIntegerKeyed: Bool
    /// How its keys are stored, if they are folded.
    var folding: (any KeyFolding)?
    /// The serial number of the transaction that found the handle.
    let resolvedIn: UInt64

    /// Whether its keys are folded: see `KeyFolding`.
    public var isFolded: Bool { folding != nil }

    /// Two values are equal when they name the same database.
    public static func == (left: Database, right: Database) -> Bool { left.name == right.name }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// How a database sorts its keys and whether it holds duplicates; fixed when it is created.
public struct DatabaseFlags: OptionSet, Hashable, Sendable {
    /// LMDB's bits.
    public let rawValue: UInt32

    /// Flags from LMDB's bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Keys are compared from their last byte to their first.
    public static let reversedKeys = DatabaseFlags(rawValue: 0x02)
    /// A key may have several values, sorted (databases of other programs).
    public static let duplicates = DatabaseFlags(rawValue: 0x04)
    /// Keys are native integers, of 8 bytes here. They are shown with the most significant byte first: so the keys
    /// of these databases, too, sort byte by byte.
    public static let integerKeys = DatabaseFlags(rawValue: 0x08)
    /// With `duplicates`: all values have one size.
    public static let fixedDuplicates = DatabaseFlags(rawValue: 0x10)
    /// Those of a database of folded keys: see `KeyFolding`.
    public static let folded: DatabaseFlags = [.duplicates, .fixedDuplicates]
}

/// How a put treats what is there.
public struct PutFlags: OptionSet, Hashable, Sendable {
    /// LMDB's bits.
    public let rawValue: UInt32

    /// Flags from LMDB's bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Throws `LMDBError.Code.keyExists` when the key is there already.
    public static var noOverwrite: PutFlags { PutFlags(rawValue: 0x10) }
    /// The key sorts after all others: fills pages completely.
    ///
    /// Out of order it throws `LMDBError.Code.keyExists`.
    public static var append: PutFlags { PutFlags(rawValue: 0x20000) }
}

/// The size and shape of a database's tree.
public struct DatabaseStatistics: Hashable, Sendable {
    /// Entries.
    public let entries: Int
    /// Levels of the tree; 0 when it is empty.
    public let depth: Int
    /// Pages that only hold keys and page numbers.
    public let branchPages: Int
    /// Pages that hold entries.
    public let leafPages: Int
    /// Pages that hold large values.
    public let overflowPages: Int
    /// Bytes of a page.
    public let pageBytes: Int
    /// The flags it was created with.
    public let flags: DatabaseFlags

    /// Bytes of all its pages.
    public var bytes: Int { (branchPages + leafPages + overflowPages) * pageBytes }
}
