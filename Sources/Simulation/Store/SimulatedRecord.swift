/// A record of the simulated table: four fields, each a set of keys out of fourteen, or malformed.
///
/// Sixteen bits a field: the lower fourteen say which keys the field holds, as an array does; none is an absent field.
/// A malformed field is a bad record for every index of that field. A deadly field kills whichever worker extracts it.
public struct SimulatedRecord: Hashable, Sendable {
    /// Fields of a record.
    public static let fieldCount = 4
    /// Keys that a field may hold.
    public static let keyCount = 14

    static let keyMask: UInt64 = 0x3FFF
    private static let deadlyBit: UInt64 = 0x4000
    private static let malformedBit: UInt64 = 0x8000

    /// All that the record says.
    public private(set) var bits: UInt64

    /// A record of these bits.
    public init(bits: UInt64 = 0) {
        self.bits = bits
    }

    /// Which keys the field holds, one bit a key.
    public func keys(ofField field: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: bits >> UInt64(16 * field) & SimulatedRecord.keyMask)
    }

    /// Whether no index can hold this field.
    public func isMalformed(field: Int) -> Bool {
        bits >> UInt64(16 * field) & SimulatedRecord.malformedBit != 0
    }

    /// Whether extracting this field kills the worker.
    public func isDeadly(field: Int) -> Bool {
        bits >> UInt64(16 * field) & SimulatedRecord.deadlyBit != 0
    }

    /// Whether any field is malformed or deadly.
    public var isPoison: Bool { bits & 0xC000_C000_C000_C000 != 0 }

    /// Sets what a field holds.
    public mutating func set(field: Int, keys: UInt16, isMalformed: Bool = false, isDeadly: Bool = false) {
        var value = UInt64(keys) & SimulatedRecord.keyMask
        if isMalformed { value |= SimulatedRecord.malformedBit }
        if isDeadly { value |= SimulatedRecord.deadlyBit }
        bits = bits & ~(0xFFFF << UInt64(16 * field)) | value << UInt64(16 * field)
    }

    /// The keys that an index of the field gets from this record, by the rules of this extractor version.
    ///
    /// Another version derives other keys, so that entries of two versions in one index show. Nil: malformed.
    public func indexKeys(ofField field: Int, extractor version: UInt32) -> UInt16? {
        guard !isMalformed(field: field) else { return nil }
        let keys = self.keys(ofField: field)
        let turn = UInt16(version % UInt32(SimulatedRecord.keyCount))
        guard turn > 0 else { return keys }
        return (keys << turn | keys >> (14 - turn)) & UInt16(SimulatedRecord.keyMask)
    }
}

/// An entry of a simulated index: the index key, then the primary key. Ordered as an index orders them.
public struct SimulatedEntry: Hashable, Comparable, Sendable {
    /// The index key that stands for a null: the least, as nulls come first.
    public static let nullKey = 0

    /// The index key above the primary key.
    public let bits: UInt64

    /// An entry of these bits.
    public init(bits: UInt64) {
        self.bits = bits
    }

    /// The entry under which the record at `primaryKey` is found by `key`.
    public init(key: Int, primaryKey: UInt32) {
        bits = UInt64(key) << 32 | UInt64(primaryKey)
    }

    /// The index key.
    public var key: Int { Int(bits >> 32) }
    /// Whether the index key is the null, which in a unique index is nobody's.
    public var isNull: Bool { key == SimulatedEntry.nullKey }
    /// The primary key of the record that it leads to.
    public var primaryKey: UInt32 { UInt32(truncatingIfNeeded: bits) }

    /// By index key, then by primary key.
    public static func < (left: SimulatedEntry, right: SimulatedEntry) -> Bool { left.bits < right.bits }
}

extension SimulatedEntry: CustomStringConvertible {
    /// `k3/17`: key 3 of record 17.
    public var description: String { "k\(key)/\(primaryKey)" }
}
