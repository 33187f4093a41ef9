internal import Backfill

/// A machine with a coordinator, workers, applications and operators; and what goes wrong.
///
/// One thread. Everything that happens comes from the queue, and all chance from the dice.
final class Cluster {
    let plan: Plan
    let weaknesses: Weaknesses
    let trace: ((String) -> Void)?
    var dice: Dice
    /// Chance in what concerns unique indexes alone.
    var uniqueDice: Dice
    var queue = EventQueue()
    /// Simulated time in microseconds.
    var now: Int64 = 0
    var events = 0
    var digest = RunDigest()
    var moments = Moments()
    var violation: Violation?
    var checkers = Checkers()

    var store = SimulatedStore()
    /// Earlier states of the environment, oldest first, each with the records that applications wrote.
    var versions: [(store: SimulatedStore, model: [RecordRow])] = []
    /// The records as applications wrote them: what queries are compared with.
    var model: [RecordRow] = []
    var disk = SimulatedDisk()

    var workers: [SimulatedWorker?]
    var workerLives: [Int]
    var coordinators: [SimulatedCoordinator?]
    var coordinatorLives: [Int]
    /// Who holds the coordinator's lock.
    var lockHolder: Life?
    /// Who listens at the endpoint.
    var listener: Life?
    let environment: Nonce
    var programs: [Program]
    var finalProgram = Program.current
    var usedPids: [Int32] = []

    /// Whether faults still happen.
    var isFaulty = true
    var isFull = false
    var putsUntilFailure = 0
    var partitionEndsAt: Int64 = 0
    var poisonKey: UInt32?
    var inFlight = 0
    var buildsEnded = 0
    /// The records that were imported at first.
    var importedRecords: [RecordRow] = []
    var nextNonce: UInt64 = 1

    init(_ plan: Plan, weaknesses: Weaknesses, trace: ((String) -> Void)?) {
        self.plan = plan
        self.weaknesses = weaknesses
        self.trace = trace
        dice = Dice(seed: plan.seed)
        uniqueDice = Dice(seed: plan.seed ^ Plan.uniqueStream)
        environment = Nonce(high: 0xE417, low: plan.seed)
        workers = Array(repeating: nil, count: plan.workers)
        workerLives = Array(repeating: 0, count: plan.workers)
        coordinators = Array(repeating: nil, count: plan.coordinators)
        coordinatorLives = Array(repeating: 0, count: plan.coordinators)
        programs = []
        store.weaknesses = weaknesses
    }

    func has(_ one: FaultClass) -> Bool { isFaulty && plan.faults.contains(one) }

    func note(_ text: @autoclosure () -> String) {
        guard let trace else { return }
        let seconds = now / 1_000_000
        let micros = String(now % 1_000_000)
        trace("\(seconds).\(String(repeating: "0", count: 6 - micros.count))\(micros)  \(text())")
    }

    func fail(_ checker: String, _ message: String) {
        guard violation == nil else { return }
        violation = Violation(checker: checker, message: message, at: now)
        note("VIOLATION of \(checker): \(message)")
    }

    func after(_ micros: Int, _ happening: Happening) {
        queue.add(happening, at: now + Int64(max(micros, 1)))
    }

    /// Runs the safety phase, then the liveness phase.
    func run() -> Outcome {
        setUp()
        runUntil(Int64(plan.safetyMillis) * 1_000)
        if violation == nil { runLivenessPhase() }
        if violation == nil { checkAnswers("at the end") }
        return Outcome(
            plan: plan, violation: violation, events: events, builds: buildsEnded, simulatedMillis: now / 1_000,
            digest: digest.value, moments: moments)
    }

    /// Lets things happen until this moment, or until something does not hold.
    func runUntil(_ end: Int64) {
        while violation == nil, let next = queue.nextTime, next <= end, let (time, happening) = queue.next() {
            now = time
            events += 1
            happen(happening)
        }
        now = max(now, end)
    }
}

/// A number over everything that happens.
struct RunDigest {
    private(set) var value: UInt64 = 14_695_981_039_346_656_037

    mutating func add(_ number: UInt64) {
        value = (value ^ number) &* 1_099_511_628_211
        value ^= value >> 29
    }
}
