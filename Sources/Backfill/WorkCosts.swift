/// What a build's parts cost beside each other, to tell from the speed of one how long the next will take.
///
/// Measured for records of 250 bytes: a worker scans one in about 290 ns and 100 ns for each of its indexes, and a
/// loader, of which there is one at a time, appends an entry in 160 ns. A pace that an operator set counts both alike.
public struct WorkCosts: Hashable, Sendable {
    /// How many workers scan side by side: processes, or cores where those are fewer.
    public var scanningWorkers: Int
    /// Whether a pace of records a second holds all work back.
    public var isPaced: Bool

    private static let recordNanos = 290.0
    private static let recordOfIndexNanos = 100.0
    private static let entryNanos = 160.0

    /// The costs for so many workers.
    public init(scanningWorkers: Int = 1, isPaced: Bool = false) {
        self.scanningWorkers = max(scanningWorkers, 1)
        self.isPaced = isPaced
    }

    /// Scanned records in whose time one entry is loaded, in a job of so many indexes.
    public func unitsPerEntry(indexes: Int) -> Double {
        if isPaced { return 1 }
        let record = Self.recordNanos + Self.recordOfIndexNanos * Double(indexes)
        return Self.entryNanos / record * Double(scanningWorkers)
    }
}
