public import Backfill

/// What one run does: how large everything is, and which faults there are. Drawn from the seed.
public struct Plan: Hashable, Sendable {
    /// All randomness of the run.
    public var seed: UInt64
    /// The seed that sizes and rates were drawn from; another one than `seed` after shrinking.
    public let drawnFrom: UInt64
    /// Records that the table has at first.
    public var records: Int
    /// Primary keys lie below this.
    public var keySpace: Int
    /// Worker processes.
    public var workers: Int
    /// Coordinator processes: one, or one and a standby.
    public var coordinators: Int
    /// Indexes declared at the beginning.
    public var indexes: Int
    /// Fields whose indexes are unique.
    public var uniqueFields: [Int]
    /// How long faults last, in milliseconds.
    public var safetyMillis: Int
    /// Which kinds of faults there are.
    public var faults: FaultClasses
    /// The core's numbers.
    public var limits: Limits
    /// Records read in one chunk of a scan.
    public var chunkRecords: Int
    /// Entries at which a scan's memory is full.
    public var memoryEntries: Int
    /// Bad records at which a scan's list is full.
    public var badRecordsMax: Int
    /// Entries appended in one transaction of a load.
    public var batchEntries: Int
    /// Delta rows applied in one transaction of a drain.
    public var drainRows: Int
    /// Delta rows that the publishing transaction applies itself.
    public var deltaMax: Int
    /// The mean time between two writes of applications, in microseconds.
    public var writeGapMicros: Int
    /// The mean time between two orders of operators, in microseconds.
    public var operatorGapMicros: Int
    /// The mean time between two faults that strike a process or the machine, in microseconds.
    public var strikeGapMicros: Int
    /// How often a process is killed at an effect, per million effects.
    public var killsPerMillion: Int
    /// How often a message is lost, doubled, late or overtaken, per mille of each.
    public var messageFaultsPerMille: Int
    /// How often a transaction fails, per mille.
    public var failuresPerMille: Int
    /// How long a step of a worker takes at the most, in microseconds.
    public var stepMicros: Int
    /// How long the supervisor waits before it starts a process anew, in milliseconds, at the most.
    public var restartMillis: Int

    /// How long after the faults every job must have reached its end, in simulated milliseconds.
    public static let livenessMillis: Int64 = 900_000
}

extension Plan {
    /// The plan that this seed draws.
    public init(seed: UInt64) {
        var dice = Dice(seed: seed ^ 0x5EED_0F91_A45A_11E7)
        self.seed = seed
        drawnFrom = seed
        faults = Plan.drawFaults(&dice)
        let isLarge = dice.chance(60)
        records = dice.chance(60) ? dice.below(3) : isLarge ? dice.within(80...200) : dice.within(2...48)
        keySpace = max(8, records + dice.below(1 + records))
        workers = dice.one(of: [1, 2, 2, 3, 3, 4])
        coordinators = dice.chance(350) || faults.contains(.lostLock) ? 2 : 1
        indexes = dice.one(of: [1, 1, 1, 2, 2, 3])
        safetyMillis = dice.one(of: [500, 1_000, 2_000, 3_000, 5_000, 8_000])
        limits = Limits()
        chunkRecords = dice.within(1...8)
        memoryEntries = dice.chance(300) ? dice.within(4...12) : 10_000
        badRecordsMax = dice.chance(300) ? dice.within(3...6) : 1_000
        batchEntries = dice.within(1...24)
        drainRows = dice.within(1...16)
        deltaMax = dice.one(of: [5, 10, 20, 50])
        writeGapMicros = dice.one(of: [300, 2_000, 10_000, 50_000, 200_000])
        operatorGapMicros = dice.one(of: [20_000, 200_000, 800_000])
        strikeGapMicros = dice.one(of: [60_000, 200_000, 500_000, 1_500_000])
        killsPerMillion = dice.one(of: [500, 3_000, 15_000])
        messageFaultsPerMille = dice.one(of: [5, 30, 150])
        failuresPerMille = dice.one(of: [2, 10, 60])
        stepMicros = dice.one(of: [300, 3_000, 20_000, 60_000])
        restartMillis = dice.one(of: [20, 200, 1_000])
        limits.recordsPerRange = dice.one(of: [1, 2, 3, 5, 8, 16, 1_000])
        limits.rangesAhead = dice.one(of: [1, 4])
        uniqueFields = Plan.drawUniqueFields(seed)
    }

    /// Apart from all else that is drawn, so that plans stay as they were before there were unique indexes.
    static let uniqueStream: UInt64 = 0x0111_0E4E_D0E5_0A7E

    /// Two plans of five have unique indexes: that of the first field to be indexed, and some others.
    private static func drawUniqueFields(_ seed: UInt64) -> [Int] {
        var dice = Dice(seed: seed ^ uniqueStream &+ 1)
        guard dice.chance(400) else { return [] }
        let first = Int(seed % UInt64(SimulatedRecord.fieldCount))
        return (0..<SimulatedRecord.fieldCount).filter { $0 == first || dice.chance(300) }
    }

    /// Half of the classes, about; sometimes none, sometimes one, sometimes all.
    private static func drawFaults(_ dice: inout Dice) -> FaultClasses {
        var faults = FaultClasses()
        switch dice.below(20) {
        case 0: break
        case 1, 2: faults.insert(dice.one(of: FaultClass.allCases))
        case 3: for one in FaultClass.allCases { faults.insert(one) }
        default:
            let share = dice.one(of: [150, 300, 500])
            for one in FaultClass.allCases where dice.chance(share) { faults.insert(one) }
        }
        // Writers are what an index built online is about: they are there more often than not.
        if dice.chance(600) { faults.insert(.writers) }
        return faults
    }
}

extension Plan: CustomStringConvertible {
    /// Sizes and faults on one line.
    public var description: String {
        let names = faults.all.map(\.name).joined(separator: " ")
        return "\(records) records, \(workers) workers, \(coordinators) coordinators, \(indexes) indexes, "
            + (uniqueFields.isEmpty ? "" : "unique fields \(uniqueFields), ")
            + "\(limits.recordsPerRange) records a range, \(safetyMillis) ms; faults: \(names.isEmpty ? "none" : names)"
    }
}
