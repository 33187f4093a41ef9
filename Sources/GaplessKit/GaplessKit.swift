// GaplessKit: the library for applications that keep their records in a Gapless database. Its one job: open a database,
// declare tables and indexes, read, write and query in transactions, and wait for an index, in types of its own.
//
//   Database/   the database, its transactions, its indexes, errors
//   Values/     values, keys, conditions of queries
//   Coding/     Codable types as records
//
// Indexes are built by processes of their own, `gapless build` or `gapless up`: a program that uses this library opens
// the same folder while they work. GaplessKit.docc has a tutorial, whose code the tests compile and run.
internal import Tables

/// The library.
public enum Gapless {
    /// The version of this library; what it means is told in the article <doc:Versions>.
    public static var version: String { Store.currentProgramVersion }
}
