extension Store {
    /// Bad records of builds.
    static let badRecordsDatabase = "gapless/bad"

    /// Keys of unique indexes under which builds have seen more than one record.
    static let sharedKeysDatabase = "gapless/shared"

    /// The name of the database that holds a table's records.
    public static func recordsDatabase(table id: UInt64) -> String { "t/\(id)" }

    /// The name of the database that holds the entries of one generation of an index, unless its layout is grouped:
    /// ask for the database itself with ``entries(of:generation:in:)``.
    public static func indexDatabase(index id: UInt64, generation: UInt32) -> String { "i/\(id)/\(generation)" }

    /// The same of a generation whose layout is grouped: a name stands for one form of database for ever.
    public static func groupedDatabase(index id: UInt64, generation: UInt32) -> String { "g/\(id)/\(generation)" }

    /// The name of the database that takes what applications write while that generation is being built.
    public static func deltaDatabase(index id: UInt64, generation: UInt32) -> String { "d/\(id)/\(generation)" }
}
