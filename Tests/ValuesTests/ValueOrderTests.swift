import Testing
import Values

/// Goal: values compare as INTERFACE section 3 says.
///
/// Method: a list in order, every pair of it compared both ways; and numbers against a second, slow way of comparing
/// them.
struct ValueOrderTests {
    /// One value for each place in the order, ascending.
    static let ascending: [Value] = [
        .null, .bool(false), .bool(true),
        .double(.nan), .double(-.infinity), .double(-1e300), .int(.min), .int(-(1 << 53) - 1), .double(-0x1p53),
        .int(-1), .double(-0.5), .int(0), .double(.leastNonzeroMagnitude), .double(0.1), .int(1),
        .int((1 << 53) - 1), .int(1 << 53), .int((1 << 53) + 1), .double(0x1p53 + 2), .int(.max), .double(0x1p63),
        .uint((1 << 63) + 1), .uint(.max), .double(0x1p64), .double(.infinity),
        .timestamp(Timestamp(seconds: -1)), .timestamp(Timestamp(seconds: -1, nanoseconds: 1)),
        .timestamp(Timestamp(seconds: 0)),
        .string(""), .string("\0"), .string("a"), .string("a\0"), .string("ab"), .string("e\u{301}"), .string("é"),
        .string("\u{FFFF}"), .string("\u{10000}"),
        .bytes([]), .bytes([0]), .bytes([0, 0]), .bytes([0, 255]), .bytes([1]), .bytes([255]),
        .array([]), .array([.null]), .map([]), .opaque(type: 3, bytes: []),
    ]

    @Test("null < false < true < numbers < timestamps < strings < bytes, and so within each class")
    func order() {
        for (i, a) in Self.ascending.enumerated() {
            for (j, b) in Self.ascending.enumerated() {
                #expect((a < b) == (i < j), "\(a) < \(b)")
                #expect((a == b) == (i == j), "\(a) == \(b)")
            }
        }
    }

    @Test("numbers are one class: equal by exact value, whatever their representation")
    func equalNumbers() {
        let equal: [(Value, Value)] = [
            (.double(-0.0), .double(0)), (.double(0), .int(0)), (.int(5), .double(5)), (.int(7), .uint(7)),
            (.double(.nan), .double(-.nan)), (.double(.nan), .double(.signalingNaN)), (.double(0x1p63), .uint(1 << 63)),
            (.double(-0x1p63), .int(.min)),
        ]
        for (a, b) in equal {
            #expect(a == b)
            #expect(a.hashValue == b.hashValue)
        }
        #expect(Value.int((1 << 53) + 1) != .double(0x1p53))
        #expect(Value.int(.max) != .double(0x1p63))
        #expect(Value.uint(.max) != .double(0x1p64))
    }

    @Test("strings differ if their bytes do, canonically equivalent or not")
    func stringsByBytes() {
        #expect("é" == "e\u{301}")
        #expect(Value.string("é") != .string("e\u{301}"))
    }

    @Test("generated numbers compare as their exact values do", arguments: Seeds.all)
    func numbers(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let (a, b) = (generator.number(), generator.number())
            let expected = ExactNumber.compare(a, b)
            #expect((a < b) == (expected < 0), "\(a) < \(b)")
            #expect((a == b) == (expected == 0), "\(a) == \(b)")
            #expect(a != b || a.hashValue == b.hashValue)
        }
    }
}

/// The slow way to compare numbers: by the whole part in 128 bits, then by the fraction.
enum ExactNumber {
    /// Below 0, 0 or above 0.
    static func compare(_ a: Value, _ b: Value) -> Int {
        let (x, y) = (parts(a), parts(b))
        return x.0 != y.0
            ? (x.0 < y.0 ? -1 : 1) : x.1 != y.1 ? (x.1 < y.1 ? -1 : 1) : x.2 < y.2 ? -1 : x.2 > y.2 ? 1 : 0
    }

    /// Beyond 128 bits (or not a number), the whole part, the fraction (or a huge number itself).
    private static func parts(_ value: Value) -> (Int, Int128, Double) {
        switch value {
        case .int(let number): return (0, Int128(number), 0)
        case .uint(let number): return (0, Int128(number), 0)
        case .double(let number):
            if number.isNaN { return (-2, 0, 0) }
            if abs(number) >= 0x1p100 { return (number < 0 ? -1 : 1, 0, number) }
            let whole = number.rounded(.towardZero)
            return (0, Int128(whole), number - whole)
        default: return (9, 0, 0)
        }
    }
}
