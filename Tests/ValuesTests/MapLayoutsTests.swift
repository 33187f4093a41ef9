import Testing
import Values

/// Goal: what is remembered of the maps before changes no answer. Method: streams of records through one scratch, each
/// answered as by a scratch that has seen nothing: like records, keys that differ late, keys twice, other depths.
struct MapLayoutsTests {
    /// What an extractor says of a record.
    private enum Answer: Equatable {
        case entries([[UInt8]])
        case refused(RecordError)

        var isRefused: Bool { if case .refused = self { true } else { false } }
    }

    private static func answers(_ records: [[UInt8]], fresh: Bool) throws -> [Answer] {
        let rules = try ["a", "email", "address.city", "a_key_of_24_bytes_______b"].map {
            IndexRule(fields: [try FieldPath($0)], indexesNulls: true)
        }
        let extractor = EntryExtractor(rules: rules, format: .messagePack, schema: Schema())
        let primaryKey: [UInt8] = [1]
        var scratch = EntryExtractor.Scratch()
        return try records.map { record in
            if fresh { scratch = EntryExtractor.Scratch() }
            var entries: [[UInt8]] = []
            do {
                try extractor.extract(primaryKey: primaryKey.span.bytes, value: record.span.bytes, into: &scratch) {
                    rule, entry in
                    entries.append([UInt8(rule)] + entry.withUnsafeBytes { Array($0) })
                }
                return .entries(entries)
            } catch let error as RecordError {
                return .refused(error)
            }
        }
    }

    private static func expectSame(_ records: [[UInt8]]) throws {
        #expect(try answers(records, fresh: false) == answers(records, fresh: true))
    }

    /// A map with these keys, the values counting up.
    private static func map(_ keys: [String]) -> Value {
        .map(keys.enumerated().map { MapEntry($1, .int(Int64($0))) })
    }

    private static func record(_ keys: [String]) -> [UInt8] { map(keys).messagePack }

    @Test("keys that differ in any byte, or are longer or shorter, are other keys")
    func differences() throws {
        let names = ["a", "ab", "email", "emails", "emaik", "aaaaaaa", "aaaaaaaa", "aaaaaaab", "baaaaaaa"]
        let long = ["k21_____________email", "k21_____________emaik", "k21____________!email", "k21____!________email"]
        let limits = ["a_key_of_24_bytes_______b", "a_key_of_23_bytes______b", "a_key_of_22_bytes_____b"]
        let all = names + long + limits
        for one in all {
            for other in all { try Self.expectSame([["a", one], ["a", other], [one, "a"], [other]].map(Self.record)) }
        }
    }

    @Test("a key that comes twice is found behind any part of a known layout, and wherever its double is")
    func doubles() throws {
        // The longer ones differ behind their first word only, or between their first and last.
        let keys = [
            "id", "email", "a", "a_longer_key", "a_longer_kex", "twenty_2_and_two_bytes", "twenty_3_and_two_bytes",
            "twenty_2_____two_bytes", "z",
        ]
        let known = Self.record(keys)
        for place in keys.indices {
            for double in keys.indices where double != place {
                var twice = keys
                twice[place] = keys[double]
                let records = [known, known, Self.record(twice), known]
                let answers = try Self.answers(records, fresh: false)
                #expect(answers.map(\.isRefused) == [false, false, true, false], "\(twice)")
            }
            try Self.expectSame([known, Self.record(keys + [keys[place]]), Self.record([keys[place]] + keys)])
        }
    }

    @Test("a double in another spelling of the same string is one too")
    func spelling() throws {
        let plain = Self.record(["id", "email"])
        // The second key "id" with a head of two bytes.
        let other: [UInt8] = [0x82, 0xA2, 0x69, 0x64, 1, 0xD9, 2, 0x69, 0x64, 2]
        #expect(try Self.answers([plain, plain, other], fresh: false)[2].isRefused)
        let swapped: [UInt8] = [0x82, 0xD9, 2, 0x69, 0x64, 1, 0xA2, 0x69, 0x64, 2]
        #expect(try Self.answers([plain, plain, swapped], fresh: false)[2].isRefused)
    }

    @Test("maps within maps, in arrays, and too deep or too large to be remembered")
    func shapes() throws {
        let address = Self.map(["city", "street"])
        let turned = Self.map(["street", "city"])
        let deep = (0..<8).reduce(Value.map([])) { inner, _ in
            .map([MapEntry("address", inner), MapEntry("a", .int(1))])
        }
        let large = Self.map((0..<40).map { "key\($0)" } + ["email"])
        let values: [Value] = [
            .map([MapEntry("address", address), MapEntry("a", .int(1))]),
            .map([MapEntry("address", .array([address, address, turned])), MapEntry("a", .int(2))]),
            .map([MapEntry("other", address), MapEntry("address", turned)]),
            deep, large, .map([MapEntry("a", large), MapEntry("address", large)]), .map([]), .int(5),
        ]
        for one in values {
            for other in values { try Self.expectSame([one, other, one, one, other].map(\.messagePack)) }
        }
    }

    @Test("a record that is cut off anywhere is refused, whatever came before it")
    func cuts() throws {
        let whole = Self.record(["id", "email", "a_longer_key", "a_key_of_22_bytes_____b"])
        for length in whole.indices {
            let answers = try Self.answers([whole, whole, Array(whole[..<length])], fresh: false)
            #expect(answers[2].isRefused)
        }
    }

    @Test("a value that nobody wants is passed over as it is read: every first byte, whole, too long and cut off")
    func unwanted() throws {
        let known = Self.record(["z", "email"])
        let email: [UInt8] = [0xA5] + "email".utf8 + [0x05]
        for head in UInt8.min...UInt8.max {
            for length in [0, 1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 33] {
                // Bytes that are numbers by themselves, so that what is read too short goes on to be well-formed.
                let value = [head] + [UInt8](repeating: UInt8(min(max(length - 1, 0), 33)), count: length)
                let whole = [0x82, 0xA1, 0x7A] + value + email
                let inArray = [0x82, 0xA1, 0x7A, 0x91] + value + email
                let cut = [0x81, 0xA1, 0x7A] + value
                let cutInArray = [0x81, 0xA1, 0x7A, 0x92] + value
                try Self.expectSame([known, whole, known, inArray, known, cut, known, cutInArray])
            }
        }
        let seven = try Self.answers([known, [0x82, 0xA1, 0x7A, 0xC1] + email], fresh: false)
        #expect(!seven[0].isRefused && seven[1].isRefused, "a reserved byte is no value")
    }

    @Test("streams of generated records", arguments: Seeds.all)
    func generated(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names = ["id", "a", "email", "address", "city", "a_key_of_24_bytes_______b", "nine_byte", "x"]
        var layout = names
        var records: [[UInt8]] = []
        for _ in 0..<400 {
            if Int.random(in: 0..<10, using: &generator) == 0 { layout.shuffle(using: &generator) }
            var keys = Array(layout.prefix(Int.random(in: 0...names.count, using: &generator)))
            if Int.random(in: 0..<8, using: &generator) == 0, let double = keys.first { keys.append(double) }
            records.append(Value.map(keys.map { MapEntry($0, generator.value()) }).messagePack)
        }
        try Self.expectSame(records)
    }
}
