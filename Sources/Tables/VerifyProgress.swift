/// How far a check is.
public struct VerifyProgress: Hashable, Sendable {
    /// What is being done; each pass counts from zero.
    public enum Pass: Hashable, Sendable {
        /// Both sides are summed up: records of the table, entries of its indexes.
        case comparing
        /// Sums differ: every entry of an index is looked for, and the record of every entry.
        case locating
        /// Damaged entries are put or removed.
        case repairing
    }

    /// What is being done.
    public var pass: Pass
    /// Records and entries that were looked at; entries mended.
    public var done = 0
    /// How many there are in this pass.
    public var total: Int
}

/// Counts what a check looks at, and tells now and then.
struct VerifyMeter {
    private static let itemsPerWord = 4_096

    private let tell: (VerifyProgress) -> Void
    private var progress = VerifyProgress(pass: .comparing, total: 0)

    init(_ tell: @escaping (VerifyProgress) -> Void) { self.tell = tell }

    mutating func begin(_ pass: VerifyProgress.Pass, total: Int) {
        progress = VerifyProgress(pass: pass, total: total)
        tell(progress)
    }

    mutating func count(_ items: Int = 1) {
        progress.done += items
        if items > 1 || progress.done.isMultiple(of: Self.itemsPerWord) { tell(progress) }
    }
}
