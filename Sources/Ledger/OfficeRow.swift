public import Backfill

/// Who coordinates the builds of an environment.
public struct OfficeRow: Hashable, Sendable, Codable {
    /// One higher than that of the coordinator before.
    public var epoch: Epoch
    /// Who it is.
    public var incarnation: Incarnation
    /// Its program's version.
    public var program: String
    /// A number higher than that of any job there ever was.
    public var nextJob: JobID
}
