import Tables
import Values

/// Records and queries from a seed, made to meet: few fields, values from a small pool of awkward ones.
struct QueryGenerator {
    private var state: UInt64
    let seed: UInt64
    static let fields = ["a", "b", "c", "m.x", "id"]

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    // MARK: Dice (SplitMix64)

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }

    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

    mutating func chance(_ every: Int) -> Bool { below(every) == 0 }

    // MARK: Values

    private static let numbers: [Value] = [
        .int(0), .int(1), .int(-1), .int(5), .int(10), .double(0.5), .double(-0.0), .double(5), .double(.nan),
        .double(.infinity), .double(-.infinity), .double(.leastNonzeroMagnitude), .int(9_007_199_254_740_991),
        .int(9_007_199_254_740_992),
        .int(9_007_199_254_740_993), .double(9_007_199_254_740_992), .int(-9_007_199_254_740_993), .int(.max),
        .int(.min),
        .uint(UInt64(Int64.max) + 1), .uint(.max), .double(9_223_372_036_854_775_808),
        .double(18_446_744_073_709_551_616),
    ]

    private static let long = String(repeating: "x", count: 300)
    private static let texts: [String] = [
        "", "a", "ab", "abc", "b", "a\0", "a\0b", "\0", "é", "e\u{301}", "\u{FFFF}", "\u{10000}", "😀", "😀😀", "z",
        "it's", long, long + "a", long + "b", String(repeating: "x", count: 252), String(repeating: "x", count: 253),
        String(repeating: "x", count: 254), String(repeating: "\0", count: 130), String(repeating: "😀", count: 64),
    ]

    private static let others: [Value] = [
        .bool(false), .bool(true), .timestamp(Timestamp(seconds: 0)), .timestamp(Timestamp(seconds: 1, nanoseconds: 1)),
        .timestamp(Timestamp(seconds: -1, nanoseconds: 999_999_999)), .bytes([]), .bytes([0]), .bytes([0, 255]),
        .bytes([97]),
        .bytes(Array(repeating: 0, count: 200)),
    ]

    mutating func scalar() -> Value {
        switch below(10) {
        case 0...3: pick(Self.numbers)
        case 4...7: .string(pick(Self.texts))
        case 8: pick(Self.others)
        default: .null
        }
    }

    /// What a field holds; nil: it is absent.
    mutating func held() -> Value? {
        switch below(12) {
        case 0, 1: nil
        case 2: .array((0..<below(4)).map { _ in scalar() })
        case 3: .array([scalar(), .array([scalar()]), .map([MapEntry("x", scalar())]), scalar()])
        case 4: pick([.map([MapEntry("x", scalar())]), .map([]), .array([]), .opaque(type: 7, bytes: [1])])
        default: scalar()
        }
    }

    mutating func primaryKey(_ number: Int) -> Value {
        let beginning = String(repeating: "k", count: 245)
        return switch below(8) {
        case 0...2: .int(Int64(number))
        case 3: .string("\(number)")
        case 4: .string("\(beginning)\(number)")
        case 5: .string("\(beginning)\(String(repeating: "l", count: below(200)))\(number)")
        case 6: .timestamp(Timestamp(seconds: Int64(number)))
        default: .bytes(Array("\(number)".utf8) + [0])
        }
    }

    mutating func record(_ number: Int) -> Value {
        var entries = [MapEntry("id", primaryKey(number))]
        for name in ["a", "b", "c"] {
            if let value = held() { entries.insert(MapEntry(name, value), at: below(entries.count + 1)) }
        }
        if chance(2), let value = held() {
            entries.append(MapEntry("m", .map([MapEntry("y", .null), MapEntry("x", value)])))
        }
        return .map(entries)
    }

    // MARK: Queries

    mutating func predicate(_ records: [Value]) throws -> QueryPredicate {
        guard chance(4) else { return try predicate(depth: below(4), records) }
        // What several indexes may serve together.
        let names = [pick(["a", "c"]), "b", pick(["id", "m.x"])]
        return .any(
            try names.map { name in
                let path = try FieldPath(name)
                return .field(path, .compare(pick([.equal, .equal, .greater]), literal(path, records)))
            })
    }

    private mutating func predicate(depth: Int, _ records: [Value]) throws -> QueryPredicate {
        if depth > 0, chance(2) {
            let parts = try (0..<2 + below(2)).map { _ in try predicate(depth: depth - 1, records) }
            return switch below(5) {
            case 0, 1: .all(parts)
            case 2, 3: .any(parts)
            default: .not(parts[0])
            }
        }
        let path = try FieldPath(pick(["a", "a", "b", "b", "c", "m.x", "id", "m", "absent"]))
        return .field(path, try test(path, records))
    }

    private mutating func test(_ path: FieldPath, _ records: [Value]) throws -> QueryPredicate.Test {
        switch below(16) {
        case 0...3: .compare(.equal, literal(path, records))
        case 4...7: .compare(pick(QueryPredicate.Comparison.allCases), literal(path, records))
        case 8, 9: .between(literal(path, records), literal(path, records))
        case 10, 11: .isIn((0..<1 + below(4)).map { _ in literal(path, records) })
        case 12: .pattern(pick(QueryPredicate.PatternKind.allCases), pattern(path, records))
        case 13: .pattern(.startsWith, pattern(path, records))
        case 14: .isNull
        default: pick([.isNotNull, .isMissing, .isPresent])
        }
    }

    /// Half of the time a value that some record holds.
    private mutating func literal(_ path: FieldPath, _ records: [Value]) -> Value {
        guard chance(2), !records.isEmpty, let value = pick(records)[path] else { return scalar() }
        if case .array(let elements) = value { return elements.first { $0.isScalar } ?? scalar() }
        return value.isScalar ? value : scalar()
    }

    private mutating func pattern(_ path: FieldPath, _ records: [Value]) -> Value {
        switch literal(path, records) {
        case .string(let text):
            .string(
                String(decoding: text.unicodeScalars.prefix(below(4)).map(String.init).joined().utf8, as: UTF8.self))
        case .bytes(let bytes): .bytes(Array(bytes.prefix(below(3))))
        default: .string(pick(Self.texts))
        }
    }

    mutating func order() throws -> Query.Order? {
        guard chance(2) else { return nil }
        return Query.Order(try FieldPath(pick(Self.fields)), isDescending: chance(2))
    }
}
