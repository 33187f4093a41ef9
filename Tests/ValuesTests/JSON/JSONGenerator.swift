import Values

/// Values that JSON text holds without loss, and texts near the border of JSON.
extension SeededGenerator {
    private static let jsonStrings = [
        "", "a", "\"", "\\", "/", "\u{8}\u{9}\u{A}\u{C}\u{D}", "\0", "\u{1F}", "\u{7F}", "é", "e\u{301}", "\u{2028}",
        "🦉",
        "\u{FFFF}", "\u{10FFFF}", "1234567", "12345678", "12345678\"", "\\1234567", "123456789012345678901234567890\n",
        String(repeating: "x", count: 31), String(repeating: "x", count: 32), String(repeating: "y", count: 255),
        String(repeating: "y", count: 256), String(repeating: "z", count: 65_535),
        String(repeating: "z", count: 65_536),
    ]

    mutating func jsonValue(depth: Int = 0) -> Value {
        switch below(depth < 4 ? 12 : 8) {
        case 0: .null
        case 1: .bool(chance(2))
        case 2, 3, 4: jsonNumber()
        case 5, 6, 7: .string(jsonString())
        case 8, 9: .array((0..<below(chance(10) ? 40 : 5)).map { _ in jsonValue(depth: depth + 1) })
        default: jsonMap(depth: depth)
        }
    }

    mutating func jsonMap(depth: Int = 0) -> Value {
        var names: Set<String> = []
        var entries: [MapEntry] = []
        for _ in 0..<below(chance(10) ? 60 : 6) {
            let name = chance(2) ? pick(["a", "b", "tags", "address", "city", "at", "blob"]) : jsonString()
            // Swift's equality is canonical, so this refuses a few more names than it must.
            if names.insert(name).inserted { entries.append(MapEntry(name, jsonValue(depth: depth + 1))) }
        }
        return .map(entries)
    }

    mutating func jsonNumber() -> Value {
        while true {
            let candidate = number()
            if case .double(let double) = candidate, !double.isFinite { continue }
            return candidate
        }
    }

    mutating func jsonString() -> String {
        if chance(2) { return pick(Self.jsonStrings.prefix(chance(20) ? 26 : 20)) }
        return (0..<below(24)).map { _ in pick(["a", "b", "\"", "\\", "\n", "ß", "𝕏", "\u{1}", " "]) }.joined()
    }

    /// `text` with a few bytes changed, put in, taken out or doubled: nearly JSON.
    mutating func damaged(_ text: [UInt8]) -> [UInt8] {
        let telling =
            Array("{}[]\",:0123456789.eE+-\\u tfn\n\u{0}\u{1F}é".utf8) + [0x80, 0xC0, 0xED, 0xA0, 0xF4, 0x90, 0xFF]
        var damaged = text
        for _ in 0...below(3) {
            let place = below(damaged.count + 1)
            switch below(4) {
            case 0: damaged.insert(pick(telling), at: place)
            case 1 where place < damaged.count: damaged[place] = pick(telling)
            case 2 where place < damaged.count: damaged.remove(at: place)
            default: damaged.insert(contentsOf: damaged[place..<min(damaged.count, place + below(8))], at: place)
            }
        }
        return damaged
    }
}

extension Value {
    /// The value of a JSON text.
    init(jsonText text: String, schema: Schema = Schema()) throws(RecordError) {
        try self.init(json: Array(text.utf8).span.bytes, schema: schema)
    }
}
