import Backfill
import Simulation

/// One transaction against a store: of an application, an operator, a loader, a coordinator.
///
/// Indexes are named by their place among all that were ever declared.
enum Operation: Sendable {
    enum Change: Sendable {
        case put(UInt32, SimulatedRecord)
        case delete(UInt32)
    }

    /// The row of a job of one index: enough for the proof, or with one fact missing.
    struct Rows: Sendable {
        var job: JobID
        var stage: BuildRow.Stage
        var isWhole: Bool
        var isDigestRight: Bool
        var isScanned: Bool
    }

    case write([Change])
    case declare(field: Int, isUnique: Bool)
    case rebuild(Int)
    case cancel(Int)
    case drop(Int)
    case setState(Int, SimulatedIndex.State)
    /// Appends the next entries of the records behind the last one that stands there; out of order if asked for.
    case append(Int, count: Int, isInOrder: Bool)
    case removeEntries(Int)
    case drain(Int, limit: Int)
    /// What a loader does after it has appended: lists keys that follow each other in a unique index.
    case noteSharedKeys(Int)
    case recordBad(Int, key: UInt32)
    case waive(Int, key: UInt32)
    case takeOffice
    /// Stores rows under the current epoch, or a former one.
    case commit(Int, Rows, isCurrent: Bool)
    case commitBad(Int, keys: [UInt32])
    case commitBlocked(Int, reason: String?)
    case publish(job: JobID, isCurrent: Bool)
    case clean
    case removeJob(JobID, isCurrent: Bool)
}

/// A number generator with a seed.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self) }
    mutating func isOne(in sides: Int) -> Bool { roll(sides) == 0 }
}

extension Operation {
    static let keys: UInt32 = 9
    static let fields = 3

    /// The next operation of a sequence in which `indexes` have been declared, some of them unique if it says so.
    ///
    /// Sequences without unique indexes stay as they were before there were any.
    static func random(indexes: Int, withUnique: Bool = false, _ dice: inout Dice) -> Operation {
        if withUnique, let operation = unique(indexes: indexes, &dice) { return operation }
        let index = dice.roll(max(indexes, 1))
        switch dice.roll(40) {
        case 0..<12: return .write((0...dice.roll(3)).map { _ in change(&dice) })
        case 12..<14: return .declare(field: dice.roll(fields), isUnique: false)
        case 14: return .rebuild(index)
        case 15: return dice.isOne(in: 2) ? .cancel(index) : .drop(index)
        case 16..<18:
            let states: [SimulatedIndex.State] = [.building, .building, .paused, .blocked]
            return .setState(index, states[dice.roll(states.count)])
        case 18..<21: return .append(index, count: 1 + dice.roll(4), isInOrder: !dice.isOne(in: 6))
        case 21: return .removeEntries(index)
        case 22..<25: return .drain(index, limit: 1 + dice.roll(6))
        case 25..<27: return .recordBad(index, key: UInt32(dice.roll(Int(keys))))
        case 27: return .waive(index, key: UInt32(dice.roll(Int(keys))))
        case 28: return .takeOffice
        case 29..<32: return .commit(index, rows(&dice), isCurrent: !dice.isOne(in: 6))
        case 32: return .commitBad(index, keys: (0...dice.roll(3)).map { _ in UInt32(dice.roll(Int(keys))) })
        case 33: return .commitBlocked(index, reason: dice.isOne(in: 2) ? nil : "because")
        case 34..<37: return .publish(job: JobID(1 + dice.roll(3)), isCurrent: !dice.isOne(in: 6))
        case 37: return .removeJob(JobID(1 + dice.roll(3)), isCurrent: !dice.isOne(in: 4))
        default: return .clean
        }
    }

    /// Three of five operations: what concerns unique indexes, and records of which some do not share a key.
    private static func unique(indexes: Int, _ dice: inout Dice) -> Operation? {
        let index = dice.roll(max(indexes, 1))
        switch dice.roll(20) {
        case 0: return .declare(field: dice.roll(fields), isUnique: !dice.isOne(in: 4))
        case 1, 2: return .noteSharedKeys(index)
        case 3: return .append(index, count: 9, isInOrder: true)
        case 4: return .drain(index, limit: 100)
        case 5..<10: return .write((0...dice.roll(2)).map { _ in sparseChange(&dice) })
        case 10:
            let rows = Rows(
                job: JobID(1 + dice.roll(3)), stage: .drained, isWhole: true, isDigestRight: true, isScanned: true)
            return .commit(index, rows, isCurrent: true)
        case 11: return .publish(job: JobID(1 + dice.roll(3)), isCurrent: true)
        default: return nil
        }
    }

    private static func sparseChange(_ dice: inout Dice) -> Change {
        let key = UInt32(dice.roll(Int(keys)))
        guard !dice.isOne(in: 4) else { return .delete(key) }
        var record = SimulatedRecord()
        for field in 0..<fields {
            record.set(field: field, keys: dice.isOne(in: 3) ? 1 : 1 << UInt16(dice.roll(SimulatedRecord.keyCount)))
        }
        return .put(key, record)
    }

    private static func change(_ dice: inout Dice) -> Change {
        let key = UInt32(dice.roll(Int(keys)))
        guard !dice.isOne(in: 4) else { return .delete(key) }
        var record = SimulatedRecord()
        for field in 0..<fields {
            let isMalformed = dice.isOne(in: 12)
            let bits = isMalformed ? 0 : UInt16(dice.roll(1 << SimulatedRecord.keyCount)) & UInt16(dice.roll(1 << 14))
            record.set(field: field, keys: bits, isMalformed: isMalformed)
        }
        return .put(key, record)
    }

    private static func rows(_ dice: inout Dice) -> Rows {
        Rows(
            job: JobID(1 + dice.roll(3)), stage: dice.isOne(in: 6) ? .loaded : .drained, isWhole: !dice.isOne(in: 6),
            isDigestRight: !dice.isOne(in: 6), isScanned: !dice.isOne(in: 6))
    }
}
