import Glibc

/// What is done to the processes of a round, at moments and in an order that are drawn.
struct Mischief {
    /// The kinds of rounds; each does mostly one thing, so that every case has its turn.
    enum Kind: String, CaseIterable {
        case kills, stops, leaving, fullDisk, failingCalls, endingLoaders
    }

    let kind: Kind
    private var dice: Dice
    private var nextAt: Double = 0
    private var strikesLeft: Int
    private var hasLongStop: Bool
    private var roomAt: Double?
    private(set) var cases = Cases()

    init(_ kind: Kind, dice: Dice) {
        self.kind = kind
        self.dice = dice
        strikesLeft = self.dice.number(4...12)
        hasLongStop = self.dice.isOne(in: 2)
    }

    /// Whether all that was to happen has happened.
    var isOver: Bool { strikesLeft == 0 }

    /// Does something if it is time.
    mutating func step(_ cluster: Cluster) {
        let now = Clock.seconds()
        if let due = roomAt, now >= due {
            for slot in cluster.slots { slot.child?.limitFiles(bytes: nil) }
            roomAt = nil
        }
        guard now >= nextAt, !isOver else { return }
        if nextAt > 0 {
            strike(cluster, now)
            strikesLeft -= 1
        }
        nextAt = now + Double(dice.number(10...120)) / 1_000
    }

    private mutating func strike(_ cluster: Cluster, _ now: Double) {
        let isCoordinator = dice.isOne(in: 4)
        let slot = dice.pick(isCoordinator ? cluster.coordinators : cluster.workers)
        switch kind {
        case .kills: kill(slot, cluster, isCoordinator)
        case .stops: stop(slot, isCoordinator, now)
        case .leaving: leave(slot, isCoordinator)
        case .fullDisk: dice.isOne(in: 3) ? kill(slot, cluster, isCoordinator) : fillDisk(cluster, now)
        case .failingCalls: if dice.isOne(in: 4) { kill(slot, cluster, isCoordinator) }
        case .endingLoaders: if dice.isOne(in: 6) { leave(slot, isCoordinator) }
        }
    }

    private mutating func kill(_ slot: Slot, _ cluster: Cluster, _ isCoordinator: Bool) {
        guard let child = slot.child, !child.hasEnded() else { return }
        slot.expectsEnd = true
        child.signal(SIGKILL)
        cases.note(isCoordinator ? .coordinatorKilled : .workerKilled)
    }

    /// Shorter than a silence that loses a lease, but for one in every other round.
    private mutating func stop(_ slot: Slot, _ isCoordinator: Bool, _ now: Double) {
        guard let child = slot.child, slot.continueAt == nil, !child.hasEnded() else { return }
        child.signal(SIGSTOP)
        let isLong = hasLongStop && !isCoordinator
        if isLong { hasLongStop = false }
        slot.continueAt = now + (isLong ? 3.2 : Double(dice.number(10...400)) / 1_000)
        cases.note(isCoordinator ? .coordinatorStopped : .workerStopped)
    }

    private mutating func leave(_ slot: Slot, _ isCoordinator: Bool) {
        guard let child = slot.child, !child.hasEnded() else { return }
        slot.expectsEnd = true
        child.signal(SIGTERM)
        if !isCoordinator { cases.note(.workerTerminated) }
    }

    /// Nothing can be written behind the first pages of any file, for a while.
    private mutating func fillDisk(_ cluster: Cluster, _ now: Double) {
        guard roomAt == nil else { return }
        for slot in cluster.slots { slot.child?.limitFiles(bytes: UInt64(dice.number(16...64)) * 4_096) }
        roomAt = now + Double(dice.number(50...400)) / 1_000
        cases.note(.diskFull)
    }

    /// What the environment of a process that starts holds: calls that fail, or a commit after which it ends.
    static func faults(_ kind: Kind, library: String?, seed: UInt64, isWorker: Bool, starts: Int) -> [String: String] {
        guard let library else { return [:] }
        var dice = Dice(seed: seed &+ UInt64(starts) &* 7_919 &+ (isWorker ? 1 : 0))
        switch kind {
        case .failingCalls:
            let rates = [
                "mdb_put/40", "mdb_cursor_put/60", "mdb_txn_commit/12", "fsync/12", "fdatasync/12", "write/30",
                "pwrite/60", "writev/30",
            ]
            // Every other round appending fails for good, time and again: the index is blocked by it.
            let isLasting = seed % 2 == 0
            let chosen = isLasting ? ["mdb_cursor_put/10"] : rates.filter { _ in dice.isOne(in: 3) }
            var faults = [
                "LD_PRELOAD": library, "FAULTY_CALLS": chosen.joined(separator: ","),
                "FAULTY_TIMES": "\(isLasting ? 20 : dice.number(1...6))", "FAULTY_SEED": "\(dice.next() >> 1)",
            ]
            if isLasting { faults["FAULTY_LASTING"] = "1" }
            return faults
        case .endingLoaders where isWorker && starts <= 3:
            let how = dice.isOne(in: 3) ? "stop" : "kill"
            return ["LD_PRELOAD": library, "FAULTY_COMMIT": "\(dice.number(1...3)):\(how)"]
        default: return [:]
        }
    }
}
