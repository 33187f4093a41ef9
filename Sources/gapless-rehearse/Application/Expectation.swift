import Synchronization

/// What queries must answer, known without the index: from an export before, and from what the writer has done since.
///
/// A write that is under way may be seen or not; nothing else may be in doubt.
final class Expectation: Sendable {
    /// A question: which records have these values in the fields of the index.
    struct Probe: Sendable {
        /// One value for each field.
        let values: [Scalar]
        /// As the program takes it.
        let condition: String
    }

    /// Which probes find a record; nil: it does not exist, which finds it by none.
    typealias FoundBy = Set<Int>

    private struct Owned {
        var foundBy: FoundBy
        var changedAt = 0
        var isInFlight = false
    }

    private struct State {
        var clock = 0
        var owned: [Scalar: Owned] = [:]
    }

    /// What was known when a question was asked.
    struct Moment: Sendable {
        fileprivate let clock: Int
        fileprivate let inFlight: Set<Scalar>
    }

    let probes: [Probe]
    /// For each probe, the records that nobody writes.
    private let still: [Set<Scalar>]
    private let state: Mutex<State>

    init(probes: [Probe], still: [Set<Scalar>], owned: [Scalar: FoundBy]) {
        self.probes = probes
        self.still = still
        state = Mutex(State(owned: owned.mapValues { Owned(foundBy: $0) }))
    }

    /// The records that the writer may write.
    var owned: [Scalar] {
        state.withLock { state in state.owned.keys.sorted { $0.keyText < $1.keyText } }
    }

    /// A write of these records is about to begin.
    func begin(_ keys: [Scalar]) {
        state.withLock { state in
            for key in keys { state.owned[key]?.isInFlight = true }
        }
    }

    /// It is over: done, or refused with nothing changed.
    func end(_ outcomes: [Scalar: FoundBy], isDone: Bool) {
        state.withLock { state in
            state.clock += 1
            for (key, foundBy) in outcomes {
                if isDone { state.owned[key]?.foundBy = foundBy }
                state.owned[key]?.changedAt = state.clock
                state.owned[key]?.isInFlight = false
            }
        }
    }

    /// To be taken before a question is asked.
    func moment() -> Moment {
        state.withLock { state in
            Moment(clock: state.clock, inFlight: Set(state.owned.filter(\.value.isInFlight).keys))
        }
    }

    /// What is wrong with an answer to a question that was asked at `moment`; nil: it is complete.
    func fault(in answer: [FieldRow], to number: Int, askedAt moment: Moment) -> String? {
        let probe = probes[number]
        let keys = answer.compactMap(\.key)
        guard keys.count == answer.count else { return "\(probe.condition): a record without a key" }
        let found = Set(keys)
        guard found.count == keys.count else { return "\(probe.condition): a record came twice" }
        for row in answer where !zip(probe.values, row.fields).allSatisfy({ $1.contains($0) }) {
            return "\(probe.condition): \(row.key?.keyText ?? "?") was found and does not match"
        }
        let (must, may) = state.withLock { state in
            var must = still[number]
            var may: Set<Scalar> = []
            for (key, owned) in state.owned {
                if owned.isInFlight || owned.changedAt > moment.clock || moment.inFlight.contains(key) {
                    may.insert(key)
                } else if owned.foundBy.contains(number) {
                    must.insert(key)
                }
            }
            return (must, may)
        }
        let missing = must.subtracting(found)
        if let first = missing.first {
            return "\(probe.condition): short by \(missing.count) of \(must.count) records, among them \(first.keyText)"
        }
        let extra = found.subtracting(must).subtracting(may)
        return extra.first.map { "\(probe.condition): \(extra.count) records too many, among them \($0.keyText)" }
    }
}
