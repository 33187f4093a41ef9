internal import Backfill
internal import Faults
internal import LMDB
internal import Ledger
internal import Runtime
internal import Tables

/// Applies the delta of a loaded index in bounded fenced transactions, until little enough is left to publish.
struct DrainWork {
    /// Delta entries at which the publishing transaction can do the rest.
    static let enough = Ledger.deltaEntriesMax / 5
    /// Delta entries that are not worth another transaction before publishing.
    static let few = 50
    /// Delta entries of the first transaction; later ones follow the time that it took.
    static let firstLimit = 500
    /// How long one transaction should hold the write lock, in microseconds.
    static let holdMicroseconds: Int64 = 10_000

    let store: Store
    let ledger: Ledger
    let holder: Nonce
    let control: WorkControl

    func run(_ grant: Grant, place: Int) throws -> WorkerMessage {
        let assignment = try Assignment(grant, in: store)
        guard let index = assignment.indexes[place] else {
            throw WorkError(kind: .released, message: "the index was dropped")
        }
        let generation = UInt32(grant.indexes[place].generation)
        let appender = Appender(
            store: store, ledger: ledger, lease: grant.lease, holder: holder,
            index: grant.indexes[place], control: control)
        let gate = store.environment.writerGate
        var pace = DrainPace(rounds: try rounds(of: grant))
        var isDone = false
        // Whatever ends this otherwise: writers do not wait for it.
        defer { if pace.isLosing, !isDone { gate.open() } }
        var limit = DrainWork.firstLimit
        var applied: UInt64 = 0
        var left = Int.max
        while true {
            let allowed = try Retrying(control: control).run { try appender.throttling.limit() }
            try prepare(&pace, gate, appender)
            let began = ShellClock.microseconds()
            let step = try Retrying(control: control).run {
                do {
                    return try store.environment.writeAsLoader(passingShutGate: true) { txn in
                        _ = try ledger.confirm(grant.lease, of: holder, building: grant.indexes[place], in: txn)
                        try Faults.point(.drainStep)
                        return try store.drain(index, generation: generation, limit: min(limit, allowed), in: txn)
                    }
                } catch  where FailureKind(error) == .transient {
                    // A smaller transaction may get through; the limit grows again with the time that one takes.
                    limit = max(limit / 4, 1)
                    throw error
                }
            }
            Faults.passed(.drainStepAfter)
            applied += UInt64(step.applied)
            control.update { $0.entries = applied }
            let took = ShellClock.microseconds() - began
            appender.throttling.held(microseconds: took)
            // Whoever keeps writers out does not pause meanwhile: that would be time of theirs.
            if !pace.isShut { try appender.throttling.took(step.applied) }
            pace.turned(remaining: step.remaining)
            if DrainWork.isEnough(step.remaining, before: left, isLosing: pace.isLosing) {
                // What they write before publishing could be too much for it again.
                let bound = appender.throttling.allowed.maxWriterWaitMicros
                if let time = pace.shutMicrosecondsForPublishing(waitMicrosecondsMax: bound) {
                    gate.shut(forMicroseconds: Int(time))
                }
                isDone = true
                return .drained(DrainResult(lease: grant.lease, applied: applied, retries: control.progress.retries))
            }
            left = step.remaining
            limit = DrainWork.nextLimit(
                limit, took: took, hold: appender.throttling.hold(normal: pace.holdMicroseconds))
        }
    }

    /// Lets writers in, or keeps them out, as the pace has it, and for no longer than an operator allows.
    private func prepare(_ pace: inout DrainPace, _ gate: WriterGate, _ appender: Appender) throws {
        let bound = appender.throttling.allowed.maxWriterWaitMicros
        switch pace.step(nowMicroseconds: ShellClock.microseconds(), waitMicrosecondsMax: bound) {
        case .giveWay, .goOn: break
        case .shut(let microseconds): gate.shut(forMicroseconds: Int(microseconds))
        case .open:
            gate.open()
            store.environment.giveWay(atMostMicroseconds: DrainPace.openMicroseconds)
        }
        // Also while writers are kept out: those who stood in line before have their turn now, not after the last one.
        try appender.pauseBetween()
    }

    private func rounds(of grant: Grant) throws -> UInt32 {
        guard case .drain(let place) = grant.lease.item else { return 0 }
        return try store.read { txn in
            try ledger.confirm(grant.lease, of: holder, building: grant.indexes[place], in: txn).deltaRounds ?? 0
        }
    }

    /// Whether publishing can do the rest. Less than it can do is better, since writers wait for all of that in one go;
    /// so it goes on while each step leaves less than half of what was there before.
    static func isEnough(_ remaining: Int, before: Int, isLosing: Bool) -> Bool {
        remaining <= few || remaining <= enough && (isLosing || remaining > before / 2)
    }

    /// Grows while transactions are quick, halves when one was slow: the limit follows the measured time.
    static func nextLimit(_ limit: Int, took microseconds: Int64, hold: Int64 = holdMicroseconds) -> Int {
        if microseconds > hold { return max(limit / 2, 50) }
        return microseconds < hold / 2 ? min(limit * 2, 20_000) : limit
    }
}
