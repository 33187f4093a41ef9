import Values

/// Values that meet the corners of every rule: neighbours of 2^53, escapes, astral characters, nested arrays, nulls.
extension SeededGenerator {
    static let cornerInts: [Int64] = [
        .min, .min + 1, -(1 << 53) - 1, -(1 << 53), -(1 << 53) + 1, -32_769, -129, -33, -32, -1, 0, 1, 127, 128, 255,
        256,
        65_535, 65_536, (1 << 32) - 1, 1 << 32, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, (1 << 53) + 2, .max - 1, .max,
    ]
    static let cornerUInts: [UInt64] = [
        1 << 63, (1 << 63) + 1, (1 << 63) + 1_023, (1 << 63) + 1_024, .max - 2_048, .max - 2_047, .max - 1, .max,
    ]
    static let cornerDoubles: [Double] = [
        .nan, -.infinity, .infinity, -.greatestFiniteMagnitude, -9_223_372_036_854_775_808, -9_007_199_254_740_992,
        -1.5,
        -.leastNonzeroMagnitude, -0.0, 0, .leastNonzeroMagnitude, 0.1, 0.5, 1, 9_007_199_254_740_991,
        9_007_199_254_740_992, 9_007_199_254_740_994, 9_223_372_036_854_775_808, 18_446_744_073_709_551_616, 1e300,
        -.nan, .signalingNaN,
    ]
    static let cornerStrings = [
        "", "\0", "\0\0", "\0\u{1}", "a", "a\0", "a\0b", "a\u{1}", "ab", "é", "e\u{301}", "\u{FFFF}", "\u{10000}", "🦉",
        "\u{E000}", "\u{7F}", "\u{80}", String(repeating: "x", count: 31), String(repeating: "x", count: 32),
        String(repeating: "\0", count: 130), String(repeating: "k", count: 251), String(repeating: "k", count: 252),
        String(repeating: "k", count: 253), String(repeating: "k", count: 300), String(repeating: "k", count: 301),
        String(repeating: "k", count: 300) + "a",
    ]
    static let cornerInstants = [
        Timestamp(seconds: .min), Timestamp(seconds: -1, nanoseconds: 999_999_999), Timestamp(seconds: 0),
        Timestamp(seconds: 0, nanoseconds: 1), Timestamp(seconds: (1 << 32) - 1), Timestamp(seconds: 1 << 32),
        Timestamp(seconds: (1 << 34) - 1, nanoseconds: 5), Timestamp(seconds: 1 << 34),
        Timestamp(seconds: .max, nanoseconds: 999_999_999),
    ]

    mutating func number() -> Value {
        switch below(8) {
        case 0: .int(pick(Self.cornerInts))
        case 1: .uint(pick(Self.cornerUInts))
        case 2: .double(pick(Self.cornerDoubles))
        case 3: .int(Int64(bitPattern: next()) >> Int64(below(64)))
        case 4: Value(next() >> UInt64(below(64)))
        case 5: .double(Double(bitPattern: next()))
        case 6: .double(Double(Int64(bitPattern: next()) >> Int64(below(64))))
        default: .int(Int64(below(5)))
        }
    }

    mutating func text() -> String {
        guard chance(2) else { return pick(Self.cornerStrings) }
        let scalars = (0..<below(20)).map { _ in pick(["a", "b", "\0", "\u{1}", "\u{FF}", "ß", "\u{FFFD}", "𝕏"]) }
        return scalars.joined()
    }

    mutating func bytes() -> [UInt8] {
        chance(8)
            ? Array(repeating: pick([0, 1, 255]), count: pick([126, 127, 252, 253, 254, 400]))
            : (0..<below(12)).map { _ in pick([0, 0, 1, 2, 254, 255]) }
    }

    mutating func instant() -> Timestamp {
        chance(2)
            ? pick(Self.cornerInstants)
            : Timestamp(
                seconds: Int64(bitPattern: next()) >> Int64(below(64)), nanoseconds: UInt32(below(1_000_000_000)))
    }

    mutating func scalar() -> Value {
        switch below(9) {
        case 0: .null
        case 1: .bool(chance(2))
        case 2, 3, 4: number()
        case 5: .timestamp(instant())
        case 6, 7: .string(text())
        default: .bytes(bytes())
        }
    }

    mutating func value(depth: Int = 0) -> Value {
        switch below(depth < 4 ? 10 : 7) {
        case 0..<6: scalar()
        case 6: .opaque(type: Int8(pick([-128, -2, 0, 5, 127])), bytes: bytes())
        case 7: .array((0..<below(6)).map { _ in value(depth: depth + 1) })
        case 8: .map(entries(depth: depth + 1, keysOfEveryType: true))
        default: .map(entries(depth: depth + 1))
        }
    }

    /// A map's entries; no two keys have the same encoding.
    mutating func entries(depth: Int, keysOfEveryType: Bool = false) -> [MapEntry] {
        var seen: Set<[UInt8]> = []
        var entries: [MapEntry] = []
        for _ in 0..<below(chance(20) ? 100 : 6) {
            let key = keysOfEveryType && chance(2) ? value(depth: depth + 1) : .string(chance(2) ? fieldName() : text())
            if seen.insert(key.messagePack).inserted {
                entries.append(MapEntry(key: key, value: value(depth: depth)))
            }
        }
        return entries
    }

    mutating func fieldName() -> String { pick(["a", "b", "tags", "address", "city", "a.b", "emailaddress1", "mail"]) }
}
