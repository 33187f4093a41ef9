import Supervision

/// What a run with a mutant awake says about the tests.
enum Verdict: Equatable {
    /// A test noticed; the first one, and how many others did.
    case killed(by: String, others: Int)
    /// The process crashed while these tests ran: a check in the code itself noticed.
    case crashed(in: String)
    /// The run did not end, which the definition takes for noticing.
    case hung(in: String)
    /// Nobody noticed. Whether the changed code was executed at all says what is missing.
    case survived(isReached: Bool)
    /// The run says nothing: why.
    case broken(String)

    init(_ outcome: TestRun.Outcome, of mutant: Mutant) {
        let events = outcome.events
        if let first = events.failed.first {
            self =
                outcome.isReached
                ? .killed(by: first, others: events.failed.count - 1)
                : .broken("\"\(first)\" failed although the changed code was never executed")
        } else if outcome.exit == nil {
            let place = events.unended.first ?? "no test"
            self = mutant.hangIsDeath && outcome.isReached ? .hung(in: place) : .broken("hung in \"\(place)\"")
        } else if outcome.exit == .code(0) {
            self =
                events.started.isEmpty
                ? .broken("no test matches its killers") : .survived(isReached: outcome.isReached)
        } else if let place = events.unended.first, outcome.isReached {
            self = .crashed(in: place)
        } else {
            self = .broken("the run failed without a failing test: see \(outcome.log)")
        }
    }

    /// Whether the mutant is dead.
    var isDeath: Bool {
        switch self {
        case .killed, .crashed, .hung: true
        case .survived, .broken: false
        }
    }

    /// For the column "killed by".
    var text: String {
        switch self {
        case .killed(let test, 0): test
        case .killed(let test, let others): "\(test) (and \(others) more)"
        case .crashed(let test): "a crash in: \(test)"
        case .hung(let test): "a hang in: \(test)"
        case .survived(true): "SURVIVED: its code ran, and no test noticed"
        case .survived(false): "SURVIVED: its code never ran in these tests"
        case .broken(let reason): "NO VERDICT: \(reason)"
        }
    }

    /// One word for JSON.
    var word: String {
        switch self {
        case .killed: "killed"
        case .crashed: "crashed"
        case .hung: "hung"
        case .survived: "survived"
        case .broken: "broken"
        }
    }
}
