public import Backfill

/// What simulated databases keep sorted: rows with a number that orders them.
protocol SortedRow {
    var order: UInt64 { get }
}

extension Array where Element: SortedRow {
    /// The first place whose order is not lower.
    func place(of order: UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].order < order { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func row(at order: UInt64) -> Element? {
        let place = place(of: order)
        return place < count && self[place].order == order ? self[place] : nil
    }

    mutating func put(_ row: Element) {
        if let last, last.order < row.order { return append(row) }
        let place = place(of: row.order)
        if place < count, self[place].order == row.order { self[place] = row } else { insert(row, at: place) }
    }

    @discardableResult
    mutating func delete(_ order: UInt64) -> Bool {
        let place = place(of: order)
        guard place < count, self[place].order == order else { return false }
        remove(at: place)
        return true
    }
}

extension SimulatedEntry: SortedRow {
    var order: UInt64 { bits }
}

/// A record under its primary key.
public struct RecordRow: Hashable, Sendable, SortedRow {
    /// The primary key.
    public var key: UInt32
    /// The record.
    public var record: SimulatedRecord
    var order: UInt64 { UInt64(key) }
}

/// What a delta says of an entry: the last write's word.
public struct DeltaRow: Hashable, Sendable, SortedRow {
    /// The entry.
    public var entry: SimulatedEntry
    /// Whether it must be in the index; else it is a tombstone.
    public var isPresent: Bool
    var order: UInt64 { entry.bits }
}

/// A record that a generation cannot hold.
public struct BadRow: Hashable, Sendable, SortedRow {
    /// The index.
    public var index: UInt64
    /// The generation.
    public var generation: UInt64
    /// The record's primary key.
    public var key: UInt32
    /// Whether somebody said that the index may go without it.
    public var isWaived: Bool
    var order: UInt64 { BadRow.order(index, generation, key) }

    static func order(_ index: UInt64, _ generation: UInt64, _ key: UInt32) -> UInt64 {
        index << 48 | generation << 32 | UInt64(key)
    }
}

/// A key of a unique index that a build has seen under several records: a suspect.
public struct SharedKeyRow: Hashable, Sendable, SortedRow {
    /// The index.
    public var index: UInt64
    /// The generation.
    public var generation: UInt64
    /// The index key.
    public var key: Int
    var order: UInt64 { index << 48 | generation << 32 | UInt64(key) }
}

/// Primary keys as the core knows them: four bytes, most significant first.
public enum PrimaryKeys {
    /// The core's key of a primary key.
    public static func key(_ key: UInt32) -> Key {
        Key([
            UInt8(truncatingIfNeeded: key >> 24), UInt8(truncatingIfNeeded: key >> 16),
            UInt8(truncatingIfNeeded: key >> 8), UInt8(truncatingIfNeeded: key),
        ])
    }

    /// The least primary key that is not before this bound, which may be the successor of a key (one byte longer).
    public static func first(notBefore bound: Key) -> UInt64 {
        var value: UInt64 = 0
        for byte in bound.bytes.prefix(4) { value = value << 8 | UInt64(byte) }
        return bound.bytes.count > 4 ? value + 1 : value
    }
}
