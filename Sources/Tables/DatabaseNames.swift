extension Store {
    /// Bad records of builds.
    static let badRecordsDatabase = "gapless/bad"

    /// Keys of unique indexes under which builds have seen more than one record.
    static let sharedKeysDatabase = "gapless/shared"

    /// The name of the database that holds a table's records.
    public static func recordsDatabase(table id: UInt64) -> String { "t/\(id)" }

    /// The name of the database that holds the entries of one generation of an index.
    public static func indexDatabase(index id: UInt64, generation: UInt32) -> String { "i/\(id)/\(generation)" }

    /// The name of the database that takes what applications write while that generation is being built.
    public static func deltaDatabase(index id: UInt64, generation: UInt32) -> String { "d/\(id)/\(generation)" }
}
