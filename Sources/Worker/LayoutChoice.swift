internal import Runs
internal import Tables
internal import Values

/// Which layout suits an index: found out from stretches of what its runs merge to.
///
/// Grouped is smaller where most entries have the index key of the entry before them and primary keys are numbers; with
/// a key of its own for each entry it would be larger.
struct LayoutChoice {
    /// Entries below which either layout is a few pages, not worth a look or a transaction.
    static let entriesMin: UInt64 = 4_096
    /// Stretches, spread over the entries.
    static let stretches = 8
    /// Entries of all stretches together.
    static let entriesSampled = 4_096
    /// Runs merged for a stretch: more would say the same, later.
    static let runsMax = 128
    /// In percent of the sample: entries with the key of the one before, and primary keys that are numbers.
    static let sharedPercentMin = 75
    static let numbersPercentMin = 95

    /// Fields of the index.
    let components: Int

    /// Whether there are so many entries that the layout matters.
    func isWorthwhile(_ runs: [RunSource]) -> Bool {
        runs.reduce(0) { $0 + $1.summary.digest.count } >= LayoutChoice.entriesMin
    }

    /// Whether the grouped layout suits these runs. Throws `RunError`.
    func isGroupedBetter(_ runs: [RunSource]) throws -> Bool {
        var sample = Sample()
        let runs = spread(runs, LayoutChoice.runsMax)
        let starts = try starts(runs)
        for start in starts {
            var merger = try RunMerger(runs, after: start)
            sample.latest = []
            var left = LayoutChoice.entriesSampled / starts.count
            while left > 0, try merger.next() {
                merger.withEntry { sample.take($0, components) }
                left -= 1
            }
        }
        return sample.shared * 100 >= sample.pairs * LayoutChoice.sharedPercentMin
            && sample.numbers * 100 >= sample.entries * LayoutChoice.numbersPercentMin && sample.pairs > 0
    }

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

    /// What was counted.
    private struct Sample {
        var entries = 0
        var numbers = 0
        /// Entries with one before them in their stretch, and those of them with its key.
        var pairs = 0
        var shared = 0
        /// The entry before, within a stretch.
        var latest: [UInt8] = []

        mutating func take(_ entry: RawSpan, _ components: Int) {
            entries += 1
            let length = EntryLayout.indexKeyLength(in: entry, components: components) ?? entry.byteCount
            if length < entry.byteCount {
                let tag = entry.extracting(droppingFirst: length).unsafeLoad(as: UInt8.self)
                if tag == KeyEncoding.Tag.number { numbers += 1 }
            }
            let bytes = entry.withUnsafeBytes { Array($0) }
            if !latest.isEmpty {
                pairs += 1
                if latest.count >= length, latest[..<length] == bytes[..<length] { shared += 1 }
            }
            latest = bytes
        }
    }
}
