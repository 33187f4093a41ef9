internal import CXXHash

/// The keys of the maps that are open while a value is walked, to notice a key that comes twice.
///
/// Each open map has a table of fingerprints on one common stack, innermost on top; equal fingerprints are settled by
/// the keys' own bytes. String keys are equal by content, other keys by their encoding. Memory grows with the keys that
/// were really read, not with the count that a map claims.
struct MapKeySet: ~Copyable, Sendable {
    /// A key that was seen: `fingerprint` 0 means a free slot.
    struct Slot: BitwiseCopyable {
        var fingerprint: UInt64
        /// Where the key's token starts in the record.
        var start: Int
    }

    /// The table of one open map.
    struct Table {
        fileprivate let base: Int
        fileprivate var capacity: Int
        fileprivate var count = 0
    }

    /// A key as it stands in the record.
    struct Key {
        /// Where its token starts.
        var start: Int
        /// A string key's characters, or another key's whole encoding.
        var bytes: UnsafeRawBufferPointer
        var isString: Bool
    }

    private static let capacityMin = 16
    /// A first table holds this many keys at most; more make it grow.
    private static let firstKeysMax = 32
    /// A string's head has 1 to 5 bytes: so far behind a key's start a word can surely be read, if the input goes on.
    private static let headBytesMax = 5
    private static let free = Slot(fingerprint: 0, start: 0)

    private var slots = ElementBuffer<Slot>(capacity: 256)

    /// Forgets all maps: a new record begins.
    @inline(__always)
    mutating func reset() { slots.removeAll() }

    /// Opens a map that says it has `count` keys.
    ///
    /// Close it with `close`.
    @inline(__always)
    mutating func open(count: Int) -> Table {
        var capacity = Self.capacityMin
        while capacity < 2 * min(count, Self.firstKeysMax) { capacity *= 2 }
        let table = Table(base: slots.count, capacity: capacity)
        slots.resize(to: table.base + capacity, filling: Self.free)
        return table
    }

    /// Closes the innermost map.
    @inline(__always)
    mutating func close(_ table: Table) { slots.resize(to: table.base, filling: Self.free) }

    /// Adds a key to the innermost map; false if it is there already.
    ///
    /// `record` is the value being walked.
    @inline(__always)
    mutating func insert(_ key: Key, into table: inout Table, of record: MessagePackReader) -> Bool {
        if table.count * 2 >= table.capacity { grow(&table) }
        let fingerprint = Self.fingerprint(of: key, hasRoom: key.start &+ Self.headBytesMax &+ 8 <= record.end)
        var index = Self.place(fingerprint, table.capacity)
        while true {
            let slot = slots[table.base + index]
            if slot.fingerprint == 0 { break }
            if slot.fingerprint == fingerprint, Self.isSame(key, at: slot.start, of: record) { return false }
            index = (index &+ 1) & (table.capacity &- 1)
        }
        slots[table.base + index] = Slot(fingerprint: fingerprint, start: key.start)
        table.count &+= 1
        return true
    }

    /// Doubles the table: filled anew above the old one, then moved down over it.
    @inline(never)
    private mutating func grow(_ table: inout Table) {
        let (old, doubled) = (table.capacity, table.capacity * 2)
        let fresh = table.base + old
        slots.resize(to: fresh + doubled, filling: Self.free)
        for index in 0..<old where slots[table.base + index].fingerprint != 0 {
            let slot = slots[table.base + index]
            var place = Self.place(slot.fingerprint, doubled)
            while slots[fresh + place].fingerprint != 0 { place = (place + 1) & (doubled - 1) }
            slots[fresh + place] = slot
        }
        for index in 0..<doubled { slots[table.base + index] = slots[fresh + index] }
        slots.resize(to: table.base + doubled, filling: Self.free)
        table.capacity = doubled
    }

    @inline(__always)
    private static func place(_ fingerprint: UInt64, _ capacity: Int) -> Int {
        Int(truncatingIfNeeded: fingerprint >> 32) & (capacity &- 1)
    }

    /// Never 0.
    ///
    /// Keys of up to 16 bytes are mixed from two words, longer ones hashed.
    @inline(__always)
    private static func fingerprint(of key: Key, hasRoom: Bool) -> UInt64 {
        let count = key.bytes.count
        guard let base = key.bytes.baseAddress else { return 1 }
        if count > 16 { return XXH_INLINE_XXH3_64bits(base, count) | 1 }
        let (head, tail): (UInt64, UInt64)
        if count >= 8 {
            (head, tail) = (Bytes.word(base, 0), Bytes.word(base, count &- 8))
        } else if hasRoom {
            (head, tail) = (Bytes.word(base, 0).littleEndian & (1 << (UInt64(count) &* 8) &- 1), 0)
        } else {
            (head, tail) = (Bytes.shortWord(key.bytes), 0)
        }
        let mixed = (head ^ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15 ^ (tail &* 0xC2B2_AE3D_27D4_EB4F)
        return (mixed ^ (mixed >> 29)) | 1
    }

    @inline(never)
    private static func isSame(_ key: Key, at start: Int, of record: MessagePackReader) -> Bool {
        var reader = record
        reader.move(to: start)
        guard let other = reader.keyAgain(asLongAs: key) else { return false }
        return other.isString == key.isString && Bytes.areEqual(other.bytes, key.bytes)
    }
}

extension MessagePackReader {
    /// Reads again a key that was read before.
    ///
    /// A key that is no string has as many bytes as `key`, or is another one.
    fileprivate mutating func keyAgain(asLongAs key: MapKeySet.Key) -> MapKeySet.Key? {
        let start = offset
        do {
            if case .string(let bytes) = try next() {
                return MapKeySet.Key(start: start, bytes: bytes, isString: true)
            }
        } catch {
            return nil  // Cannot be: the same bytes were read before.
        }
        guard !key.isString, start + key.bytes.count <= end else { return nil }
        let bytes = slice(start, start + key.bytes.count)
        return MapKeySet.Key(start: start, bytes: bytes, isString: false)
    }
}
