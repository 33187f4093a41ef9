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

/// Counts what one member of a check looks at, and tells the board now and then.
struct VerifyMeter {
    private static let itemsPerWord = 4_096

    private let board: VerifyBoard
    private var untold = 0

    init(_ board: VerifyBoard) { self.board = board }

    mutating func count() {
        untold += 1
        if untold == Self.itemsPerWord { flush() }
    }

    mutating func flush() {
        board.count(untold)
        untold = 0
    }
}
