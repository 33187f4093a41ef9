/// The numbers that the core works with. All bounded; each with the reason for its value.
public struct Limits: Hashable, Sendable, Codable {
    /// Records in a range: about 60 ms of scanning, so that a killed worker loses little, and a merge stays narrow.
    public var recordsPerRange = 131_072
    /// Records in a range of a very large table: four times as many, which a killed worker loses in a quarter second.
    public var recordsPerRangeMax = 524_288
    /// From so many ranges on they grow with the table instead of in number: a merge of more runs finds less of each
    /// in the processor's caches, and beyond a thousand it reads parts of them twice.
    public var rangesWide = 256
    /// Ranges cut ahead of need, beyond two for each worker: discovery never holds up a scan, and never runs far ahead.
    public var rangesAhead = 4
    /// How often a worker tells how far it is, in milliseconds.
    public var heartbeatMillis: Int64 = 250
    /// Silence after which a worker counts as lost, in milliseconds: ten heartbeats, and under three seconds.
    public var silenceMillis: Int64 = 2_500
    /// How long a worker whose lease was recovered from the ledger may take to come back, in milliseconds.
    public var reunionMillis: Int64 = 3_000
    /// How long after a grant an idle heartbeat means that the grant was lost, in milliseconds.
    public var grantLostMillis: Int64 = 1_000
    /// Failures in a row after which a range or an index is given up and named as blocked.
    public var failuresMax: UInt32 = 5
    /// Failures in a row after which a range is cut in two, to corner what makes it fail.
    public var failuresBeforeBisection: UInt32 = 3
    /// The same for failures that may pass, as of a disk or of memory: about three minutes, since neither cutting a
    /// range
    /// nor giving it up mends a machine.
    public var transientFailuresMax: UInt32 = 20
    /// The first wait after a failure, in milliseconds; it doubles with each one.
    public var backoffMillis: Int64 = 50
    /// The longest wait after a failure, in milliseconds.
    public var backoffMillisMax: Int64 = 10_000
    /// The wait after running out of space, in milliseconds: a person or another program has to make room.
    public var noSpaceMillis: Int64 = 1_000
    /// The wait after publishing met a paused index, in milliseconds: the catalog is looked at far more often.
    public var pausedMillis: Int64 = 100
    /// Loads whose read-back differs from the runs, after which the index is blocked.
    public var mismatchesMax: UInt32 = 3
    /// Jobs that are over and whose ranges can still be looked at: the latest.
    public var doneJobsMax = 32

    /// The defaults.
    public init() {}

    /// How many records a range has in a table of so many.
    func recordsPerRange(ofTableWith records: UInt64) -> Int {
        let fitting = Int(clamping: records / UInt64(max(rangesWide, 1)))
        return min(max(fitting, recordsPerRange), max(recordsPerRangeMax, recordsPerRange))
    }
}

/// A small seeded generator: randomness is part of the state, so that a run can be repeated exactly.
struct SplitMix: Hashable, Sendable, RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
