import Testing
import Values

/// Goal: the order of encoded keys is the order of values, and encoding loses nothing.
///
/// Method: generated values, pairwise; known bytes for the format itself, because stored keys outlive the program.
struct KeyEncodingTests {
    static func component(_ value: Value) throws -> [UInt8] { try KeyEncoding.indexKey([value]) }

    @Test("each class has its bytes, for ever")
    func knownBytes() throws {
        let known: [(Value, [UInt8])] = [
            (.null, [0x10]), (.bool(false), [0x20]), (.bool(true), [0x21]),
            (.int(0), [0x30, 0x80, 0, 0, 0, 0, 0, 0, 0]), (.double(-0.0), [0x30, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            (.double(.nan), [0x30, 0, 0, 0, 0, 0, 0, 0, 0]),
            (.int(-1), [0x30, 0x40, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            (.int((1 << 53) + 1), [0x30, 0xC3, 0x40, 0, 0, 0, 0, 0, 0, 0, 1]),
            (.uint(.max), [0x30, 0xC3, 0xEF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0xFF]),
            (.double(-.infinity), [0x30, 0x00, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0]),
            (.timestamp(Timestamp(seconds: 1, nanoseconds: 2)), [0x40, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2]),
            (.string("a\0b"), [0x50, 0x61, 0, 0xFF, 0x62, 0, 1]), (.bytes([0]), [0x60, 0, 0xFF, 0, 1]),
        ]
        for (value, bytes) in known { #expect(try Self.component(value) == bytes, "\(value)") }
        #expect(try KeyEncoding.primaryKey(.string("a\0b")) == [0x50, 0x61, 0, 0x62])
        #expect(try KeyEncoding.primaryKey(.bytes([0])) == [0x60, 0])
        #expect(try KeyEncoding.primaryKey(.int(0)) == [0x30, 0x80, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("the list of all classes in order stays in order when encoded")
    func corners() throws {
        let scalars = ValueOrderTests.ascending.filter(\.isScalar)
        let keys = try scalars.map(Self.component)
        for (a, b) in zip(keys, keys.dropFirst()) { #expect(a.lexicographicallyPrecedes(b)) }
    }

    @Test("integers and doubles around every power of two from 2^52 on: order of keys is order of numbers")
    func numbersAroundPowers() throws {
        let numbers = Self.numbersAroundPowers
        let keys = try numbers.map(Self.component)
        #expect(numbers.count > 300)
        for (a, x) in zip(numbers, keys) {
            for (b, y) in zip(numbers, keys) {
                let order = ExactNumber.compare(a, b)
                if (a < b) != (order < 0) || (a == b) != (order == 0) { Issue.record("\(a) and \(b)") }
                if x.lexicographicallyPrecedes(y) != (order < 0) { Issue.record("keys of \(a) and \(b)") }
            }
        }
    }

    /// Whole numbers up to 3 beside the powers, halfway between doubles, and the doubles next to them.
    static let numbersAroundPowers: [Value] = (52...64).flatMap { exponent -> [Value] in
        let power = Int128(1) << exponent
        let gap = Int128(1) << max(0, exponent - 52)
        let offsets = [-gap - 1, -gap, -gap / 2 - 1, -gap / 2, -3, -2, -1, 0, 1, 2, 3, gap / 2, gap - 1, gap, gap + 1]
        let wholes = offsets.flatMap { [power + $0, -power + $0] }.compactMap { whole in
            Int64(exactly: whole).map(Value.int) ?? UInt64(exactly: whole).map(Value.uint)
        }
        let double = Double(power)
        let doubles = [double, double.nextUp, double.nextDown, double.nextDown.nextDown]
        return wholes + doubles.flatMap { [.double($0), .double(-$0)] }
    }

    @Test("order of encodings is order of values, and none begins another", arguments: Seeds.all)
    func order(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let (a, b) = (generator.scalar(), generator.scalar())
            let (x, y) = (try Self.component(a), try Self.component(b))
            #expect(x.lexicographicallyPrecedes(y) == (a < b), "\(a) and \(b)")
            #expect((x == y) == (a == b), "\(a) and \(b)")
            #expect(x == y || !y.starts(with: x), "\(a) begins \(b)")
        }
    }

    @Test("composite keys are ordered field by field", arguments: Seeds.all)
    func composites(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var ties = 0
        for _ in 0..<10_000 {
            let a = (0..<3).map { _ in
                generator.chance(2) ? generator.pick([Value.int(1), .string("")]) : generator.scalar()
            }
            var b = (0..<3).map { _ in
                generator.chance(2) ? generator.pick([Value.int(1), .string("")]) : generator.scalar()
            }
            if generator.chance(2) { b[0] = a[0] }
            ties += a[0] == b[0] ? 1 : 0
            let (x, y) = (try KeyEncoding.indexKey(a), try KeyEncoding.indexKey(b))
            #expect(x.lexicographicallyPrecedes(y) == a.lexicographicallyPrecedes(b), "\(a) and \(b)")
        }
        #expect(ties > 1_000)
    }

    @Test("decoding gives back what was encoded", arguments: Seeds.all)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<10_000 {
            let values = (0..<generator.below(4)).map { _ in generator.scalar() }
            let key = try KeyEncoding.indexKey(values)
            let decoded = try KeyEncoding.decodeIndexKey(key.span.bytes, components: values.count)
            #expect(decoded == values)
        }
    }

    @Test("primary keys keep order and come back", arguments: Seeds.all)
    func primaryKeys(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var previous: (Value, [UInt8])?
        for _ in 0..<10_000 {
            let value = generator.scalar()
            guard let key = try? KeyEncoding.primaryKey(value) else {  // Refused values have a test of their own.
                continue
            }
            let decoded = try KeyEncoding.decodePrimaryKey(key.span.bytes)
            #expect(decoded == value)
            if let (other, otherKey) = previous {
                #expect(otherKey.lexicographicallyPrecedes(key) == (other < value), "\(other) and \(value)")
            }
            previous = (value, key)
        }
    }

    @Test("what cannot be a primary key is refused by name")
    func refusedPrimaryKeys() {
        for value in [Value.null, .bool(true), .double(.nan), .array([]), .map([]), .opaque(type: 1, bytes: [])] {
            #expect(throws: KeyError(.notAPrimaryKey)) { try KeyEncoding.primaryKey(value) }
        }
        #expect(throws: KeyError(.tooLong(bytes: 512))) {
            try KeyEncoding.primaryKey(.string(String(repeating: "x", count: 511)))
        }
        #expect(throws: Never.self) { try KeyEncoding.primaryKey(.bytes(Array(repeating: 0, count: 510))) }
        #expect(throws: KeyError(.notAScalar)) { try KeyEncoding.indexKey([.array([])]) }
    }

    @Test("a string prefix begins every string that starts with it, and no other")
    func stringPrefix() throws {
        for text in SeededGenerator.cornerStrings {
            for prefix in SeededGenerator.cornerStrings {
                var bound: [UInt8] = []
                KeyEncoding.appendStringPrefix(prefix, to: &bound)
                let isPrefix = Array(text.utf8).starts(with: prefix.utf8)
                #expect(try Self.component(.string(text)).starts(with: bound) == isPrefix, "\(text) \(prefix)")
            }
        }
    }

    @Test("damaged keys are refused, never misread into a crash", arguments: Seeds.all)
    func damagedKeys(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var refused = 0
        for _ in 0..<20_000 {
            var key = try KeyEncoding.indexKey([generator.scalar(), generator.scalar()])
            if generator.chance(2) { key.removeLast(generator.below(key.count) + 1) }
            if !key.isEmpty { key[generator.below(key.count)] = UInt8(truncatingIfNeeded: generator.next()) }
            do {
                let values = try KeyEncoding.decodeIndexKey(key.span.bytes, components: 2)
                #expect(try KeyEncoding.indexKey(values) == key)
            } catch {
                refused += 1
            }
            _ = try? KeyEncoding.decodePrimaryKey(key.span.bytes)  // It may refuse; it must return.
        }
        #expect(refused > 1_000)
    }
}
