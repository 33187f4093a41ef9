import FoundationEssentials
import Testing

/// Numbers from a seed: the same seed gives the same numbers on every machine (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// True once in `every` times.
    mutating func chance(_ every: Int) -> Bool { below(every) == 0 }

    mutating func pick<C: RandomAccessCollection>(_ choices: C) -> C.Element {
        choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }
}

/// The seeds that generated tests run with: a few kept ones, every seed that once failed, and a fresh one each time.
///
/// `GAPLESS_TEST_SEED` replaces the fresh one, to repeat a failure.
enum Seeds {
    static let all: [UInt64] = {
        let given = ProcessInfo.processInfo.environment["GAPLESS_TEST_SEED"].flatMap { UInt64($0) }
        let fresh = given ?? UInt64.random(in: .min ... .max)
        print("Values: fresh seed \(fresh) (GAPLESS_TEST_SEED=\(fresh) repeats it)")
        return [1, 2, 3, fresh]
    }()
}
