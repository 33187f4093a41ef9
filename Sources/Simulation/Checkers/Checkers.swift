internal import Backfill

/// All that must always hold, looked at in every transaction.
struct Checkers {
    struct Found {
        var checker: String
        var message: String
    }

    private let proof = ReadyOnlyWithProof()
    private let tiling = RangesTile()
    private let owner = OneEffectiveOwner()
    private let unique = UniqueKeysHaveOneRecord()
    private let marks = MarksStandOnEntries()
    private let durable = DurableWorkIsKept()
    private let memory = MemoryIsBounded()
    private var hasRolledBack = false

    func check(_ commit: Commit) -> Found? {
        if let message = owner.check(commit) { return Found(checker: OneEffectiveOwner.name, message: message) }
        if let message = tiling.check(commit) { return Found(checker: RangesTile.name, message: message) }
        if let message = marks.check(commit) { return Found(checker: MarksStandOnEntries.name, message: message) }
        if let message = durable.check(commit) { return Found(checker: DurableWorkIsKept.name, message: message) }
        if let message = unique.check(commit) {
            return Found(checker: UniqueKeysHaveOneRecord.name, message: message)
        }
        if let message = proof.check(commit) { return Found(checker: ReadyOnlyWithProof.name, message: message) }
        return nil
    }

    func checkQueues(of core: Coordinator, inFlight: Int) -> Found? {
        memory.check(core, inFlight: inFlight).map { Found(checker: MemoryIsBounded.name, message: $0) }
    }

    func checkSettlement(_ send: Send, _ store: SimulatedStore, _ core: Coordinator) -> Found? {
        durable.check(send, store, core).map { Found(checker: DurableWorkIsKept.name, message: $0) }
    }

    func checkRemoval(of lease: Lease, _ store: SimulatedStore) -> Found? {
        durable.checkRemoval(of: lease, store).map { Found(checker: DurableWorkIsKept.name, message: $0) }
    }

    mutating func rolledBack() { hasRolledBack = true }

    func checkAfterPowerLoss(_ store: SimulatedStore, _ disk: SimulatedDisk) -> Found? {
        marks.checkAfterPowerLoss(store, disk, hasRolledBack: hasRolledBack)
            .map { Found(checker: MarksStandOnEntries.name, message: $0) }
    }
}
