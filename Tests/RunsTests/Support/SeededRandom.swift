import Glibc

/// SplitMix64: the same seed gives the same test.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A fresh seed, printed, so that a failure can be repeated by putting it in the test.
    static func printedSeed(_ test: String = #function) -> UInt64 {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("\(test): seed \(seed)")
        return seed
    }

    /// Bytes of an alphabet.
    mutating func bytes(_ count: Int, of alphabet: ClosedRange<UInt8> = 0...255) -> [UInt8] {
        let range = UInt64(alphabet.upperBound - alphabet.lowerBound) + 1
        return (0..<count).map { _ in alphabet.lowerBound + UInt8(truncatingIfNeeded: next() % range) }
    }
}

/// Kinds of entries that sorting, front coding and merging could each get wrong in their own way.
enum EntryShape: String, CaseIterable {
    case any, oneByte, longest, fewBytes, deepPrefix, nested, zeros, numbers

    func entry(_ random: inout SeededRandom) -> [UInt8] {
        switch self {
        case .any: return random.bytes(Int.random(in: 1...60, using: &random))
        case .oneByte: return random.bytes(1)
        case .longest: return random.bytes(Int.random(in: 509...511, using: &random))
        case .fewBytes: return random.bytes(Int.random(in: 1...40, using: &random), of: 97...98)
        case .deepPrefix:
            let shared = [UInt8](repeating: 0x50, count: Int.random(in: 396...404, using: &random))
            return shared + random.bytes(Int.random(in: 0...8, using: &random), of: 79...81)
        case .nested: return [UInt8](repeating: 7, count: Int.random(in: 1...511, using: &random))
        case .zeros: return random.bytes(Int.random(in: 1...12, using: &random), of: 0...1)
        case .numbers: return [0x30, 0xC0, 0x41] + random.bytes(6) + [0x30] + random.bytes(8)
        }
    }

    func entries(_ count: Int, _ random: inout SeededRandom) -> [[UInt8]] {
        (0..<count).map { _ in entry(&random) }
    }
}

/// The reference order: `memcmp`, then length.
func isBefore(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    let order = memcmp(one, other, min(one.count, other.count))
    return order != 0 ? order < 0 : one.count < other.count
}

extension [[UInt8]] {
    /// Sorted, each once.
    var sortedDistinct: [[UInt8]] { Set(self).sorted(by: isBefore) }
}
