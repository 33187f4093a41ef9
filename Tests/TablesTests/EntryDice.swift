import Values

/// Random entries of indexes, from a seed: few index keys, so that many share one, and primary keys of every kind.
struct EntryDice {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() >> 33) % (range.upperBound - range.lowerBound + 1)
    }

    mutating func isOne(in count: Int) -> Bool { number(1...count) == 1 }

    mutating func pick<T>(_ all: [T]) -> T { all[number(0...all.count - 1)] }

    private mutating func scalar() -> Value {
        switch number(0...11) {
        case 0: return .null
        case 1: return .bool(isOne(in: 2))
        case 2: return .int(Int64(number(-2...2)))
        case 3:
            return pick([
                .double(.infinity), .double(-.infinity), .double(.nan), .double(0.5), .uint(.max), .int(.min),
            ])
        case 4: return .timestamp(Timestamp(seconds: Int64(number(-1...1)), nanoseconds: 0))
        case 5: return .bytes(pick([[], [0], [0, 255], [0, 0, 1]]))
        // Around the length at which index keys are cut.
        case 6: return .string(String(repeating: "x", count: number(248...258)) + pick(["", "a", "b"]))
        case 7: return .string(pick(["\0", "a\0", "a\0\u{1}", "a\0b"]))
        default: return .string(pick(["", "a", "ab", "b", "Oslo", "Łódź"]))
        }
    }

    private mutating func primaryKeyValue() -> Value {
        switch number(0...15) {
        case 0: return .string(pick(["", "a", "ab", "\0", "0"]))
        case 1: return .timestamp(Timestamp(seconds: Int64(number(0...3)), nanoseconds: 5))
        case 2: return .bytes([UInt8](repeating: UInt8(number(0...255)), count: number(0...12)))
        // Around the length at which primary keys are cut.
        case 3: return .string(String(repeating: "k", count: number(250...300)))
        case 4:
            return pick([.double(.infinity), .double(-.infinity), .double(0.25), .uint(.max), .int(.max), .int(.min)])
        case 5: return .int((1 << 53) + Int64(number(-3...3)))
        case 6: return .int(-(1 << 53) + Int64(number(-3...3)))
        case 7: return .int(.max - Int64(number(0...2_000)))
        case 8: return .int(.min + Int64(number(0...2_000)))
        default: return .int(Int64(number(-5...2_000)))
        }
    }

    /// Entries of an index of one field, in order, each once: at most so many.
    mutating func entriesInOrder(_ count: Int) throws -> [[UInt8]] {
        var entries: Set<[UInt8]> = []
        for _ in 0..<count { entries.insert(try entry(1)) }
        return entries.sorted { $0.lexicographicallyPrecedes($1) }
    }

    mutating func entry(_ components: Int) throws -> [UInt8] {
        var entry: [UInt8] = []
        var values: [Value] = []
        for _ in 0..<components { values.append(scalar()) }
        let indexKey = try KeyEncoding.indexKey(values)
        let primaryKey = try KeyEncoding.primaryKey(primaryKeyValue())
        EntryLayout.appendEntry(indexKey: indexKey.span.bytes, primaryKey: primaryKey.span.bytes, to: &entry)
        return entry
    }

    /// An entry with some bytes changed, lost or added, which may still be one.
    mutating func damaged(_ entry: [UInt8]) -> [UInt8] {
        switch number(0...3) {
        case 0: return Array(entry.prefix(number(1...entry.count)))
        case 1: return Array((entry + [UInt8](repeating: 0, count: number(1...3))).prefix(EntryLayout.entryBytesMax))
        case 2:
            var changed = entry
            changed[number(0...entry.count - 1)] = UInt8(number(0...255))
            return changed
        default: return Array(entry.dropLast(min(10, entry.count - 1))) + [UInt8](repeating: 0xFF, count: 10)
        }
    }

    /// Bytes from which a search may start: parts of entries, more than entries, or none.
    mutating func bound(near entries: [[UInt8]], _ components: Int) throws -> [UInt8] {
        let some = entries.isEmpty || isOne(in: 4) ? try entry(components) : pick(entries)
        switch number(0...8) {
        case 0: return []
        case 1: return some
        case 2: return some + [UInt8](repeating: UInt8(pick([0, 0, 1, 255])), count: number(1...3))
        case 3: return some + [UInt8](repeating: 0, count: 520)
        case 4: return [UInt8](repeating: UInt8(pick([0, 0x30, 0x50, 255])), count: number(1...12))
        case 5: return damaged(some)
        case 6: return Array(some.dropLast(number(0...min(11, some.count))))
        default: return Array(some.prefix(number(0...some.count)))
        }
    }
}
