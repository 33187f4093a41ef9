internal import Runs
internal import Tables
internal import Values

/// Which layout suits an index: found out from stretches of what its runs merge to.
///
/// Grouped is smaller where index keys have many entries and primary keys are numbers. It would be larger where most
/// keys have few, and also where they have some hundreds: then each has a page or two for itself, and fills half of it.
struct LayoutChoice {
    /// Entries below which either layout is a few pages, not worth a look or a transaction.
    static let entriesMin: UInt64 = 4_096
    /// Stretches, spread over the entries.
    static let stretches = 8
    /// Entries of all stretches together.
    static let entriesSampled = 16_384
    /// Runs merged for a stretch: more would say the same, later.
    static let runsMax = 128
    /// In percent of the sample: entries with the key of the one before, and primary keys that are numbers.
    static let sharedPercentMin = 75
    static let numbersPercentMin = 95
    /// In percent of the plain layout's size.
    static let sizePercentMax = 75

    /// Fields of the index.
    let components: Int

    /// Whether there are so many entries that the layout matters.
    func isWorthwhile(_ runs: [RunSource]) -> Bool {
        runs.reduce(0) { $0 + $1.summary.digest.count } >= LayoutChoice.entriesMin
    }

    /// Whether the grouped layout suits these runs. Throws `RunError`.
    func isGroupedBetter(_ runs: [RunSource]) throws -> Bool {
        let some = spread(runs, LayoutChoice.runsMax)
        // What some runs have of a key, all have so many times more of.
        var sample = LayoutSample(components: components, scale: max(runs.count, 1) / max(some.count, 1))
        let starts = try starts(some)
        let each = LayoutChoice.entriesSampled / max(starts.count, 1)
        for (place, start) in starts.enumerated() {
            // Whatever the other stretches hold: of a field without equal values three say it all.
            let atMost = (starts.count - place) * each
            guard Self.isEnough(sample.shared + atMost, of: sample.pairs + atMost) else { return false }
            var merger = try RunMerger(some, after: start)
            sample.begin(isWhole: start.isEmpty)
            var left = each
            while left > 0, try merger.next() {
                merger.withEntry { sample.take($0) }
                left -= 1
            }
            sample.end(isWhole: left > 0)
        }
        return sample.pairs > 0 && Self.isEnough(sample.shared, of: sample.pairs)
            && sample.numbers * 100 >= sample.entries * LayoutChoice.numbersPercentMin
            && sample.groupedBytes * 100 <= sample.plainBytes * LayoutChoice.sizePercentMax
    }

    private static func isEnough(_ shared: Int, of pairs: Int) -> Bool { shared * 100 >= pairs * sharedPercentMin }

    /// Entries behind which the stretches begin: places in blocks of some runs, each further on than the one before.
    private func starts(_ runs: [RunSource]) throws -> [[UInt8]] {
        let some = spread(runs.filter { $0.summary.digest.count > 0 }, LayoutChoice.stretches)
        guard !some.isEmpty else { return [] }
        let places = try (0..<LayoutChoice.stretches).map { place in
            let source = some[place % some.count]
            return try RunReader.open(source.path, expecting: source.summary, identity: source.identity)
                .boundary(place, of: LayoutChoice.stretches)
        }
        var starts: [[UInt8]] = []
        for start in places where !starts.contains(start) { starts.append(start) }
        return starts
    }

    /// At most so many, spread over all.
    private func spread(_ runs: [RunSource], _ count: Int) -> [RunSource] {
        runs.count <= count ? runs : (0..<count).map { runs[$0 * runs.count / count] }
    }
}
