/// The coordinator's decisions: which ranges there are, who does them, what counts, when an index is published.
///
/// A value without input or output. The shell feeds it events and carries its effects out, in the order that
/// ``Effects`` prescribes. Starting is recovering: a fresh environment is an empty list of jobs.
public struct Coordinator: Hashable, Sendable {
    /// This coordinator's number. Every stored change is fenced with it.
    public let epoch: Epoch
    /// The environment in its care.
    public let environment: Nonce
    /// The program's version, for people.
    public let program: String
    /// The meaning of extraction that workers must share.
    public let extractorVersion: UInt32
    /// The numbers it works with.
    public private(set) var limits: Limits

    /// All jobs that are open, and those done since it took office, oldest first.
    public internal(set) var jobs: [Job]
    var workforce = Workforce()
    /// What the catalog demanded when it was told last; nil before.
    var demands: [Demand]?
    var random: SplitMix
    var nextJob: JobID
    /// The worker that holds a load or a drain: there is one writer at a time, so one is enough.
    var loader: Nonce?

    /// A coordinator that takes office.
    ///
    /// - Parameters:
    ///   - jobs: what the ledger holds, in the order of job numbers.
    ///   - nextJob: a number higher than that of any job there ever was.
    ///   - seed: the start of all its randomness (jitter of waits).
    ///   - now: the moment of taking office.
    public init(
        epoch: Epoch, environment: Nonce, program: String, extractorVersion: UInt32, jobs: [JobImage],
        nextJob: JobID, limits: Limits = Limits(), seed: UInt64, now: Instant
    ) {
        self.epoch = epoch
        self.environment = environment
        self.program = program
        self.extractorVersion = extractorVersion
        self.limits = limits
        self.jobs = jobs.map { Job($0, extractorVersion: extractorVersion) }
        self.nextJob = nextJob
        self.random = SplitMix(seed: seed)
        awaitOwners(at: now)
    }

    /// The workers it knows, in the order of their nonces.
    public var workers: [WorkerState] { workforce.all }

    /// Applies one event at `now` and appends what must be done.
    public mutating func apply(_ event: Event, at now: Instant, into effects: inout Effects) {
        switch event {
        case .message(let envelope):
            receive(envelope, at: now, into: &effects)
        case .workerDied(let nonce):
            lose(nonce, .died, "its process ended", at: now, into: &effects)
        case .catalog(let demands):
            reconcile(demands, at: now, into: &effects)
        case .discovered(let job, let from, let boundary, let records):
            discovered(job: job, from: from, boundary: boundary, records: records, into: &effects)
        case .middle(let job, let range, let cut):
            bisect(job: job, range: range, at: cut, now: now, into: &effects)
        case .publish(let job, let place, let outcome):
            published(job: job, place: place, outcome, at: now, into: &effects)
        case .limits(let limits):
            self.limits = limits
        case .tick:
            expire(at: now, into: &effects)
        }
    }

    /// Hands out what can be handed out and asks for what is needed next. Called once after a batch of events.
    public mutating func advance(at now: Instant, into effects: inout Effects) {
        for place in jobs.indices where jobs[place].row.state == .open {
            jobs[place].release(at: now)
            discoverAhead(jobAt: place, into: &effects)
            publishWhatIsDrained(jobAt: place, into: &effects)
            blockWhatFailed(jobAt: place, into: &effects)
            finish(jobAt: place, at: now, into: &effects)
        }
        removeExcess(into: &effects)
        grantWork(at: now, into: &effects)
        setAlarm(at: now, into: &effects)
    }

    func place(of job: JobID) -> Int? {
        jobs.firstIndex { $0.row.id == job }
    }
}

extension Coordinator {
    private mutating func receive(_ envelope: WorkerEnvelope, at now: Instant, into effects: inout Effects) {
        if case .hello(let hello) = envelope.message {
            welcome(hello, at: now, into: &effects)
            return
        }
        guard var worker = workforce[envelope.sender], worker.standing != .awaited else {
            effects.send(.introduce, to: envelope.sender)
            return
        }
        worker.lastSeen = now
        workforce[envelope.sender] = worker
        switch envelope.message {
        case .hello: break
        case .heartbeat(let heartbeat): beat(heartbeat, of: worker, at: now, into: &effects)
        case .scanned(let result): scanned(result, by: worker, at: now, into: &effects)
        case .loaded(let result): loaded(result, by: worker, at: now, into: &effects)
        case .drained(let result): drained(result, by: worker, at: now, into: &effects)
        case .failed(let failure): failed(failure, by: worker, at: now, into: &effects)
        case .goodbye: depart(worker, at: now, into: &effects)
        }
    }

    /// Wakes for the next wait that ends, and for the next heartbeat that may be missed.
    private mutating func setAlarm(at now: Instant, into effects: inout Effects) {
        for job in jobs where job.row.state == .open {
            for wait in job.delayed { effects.wake(at: wait.until) }
            for wait in job.delayedBuilds { effects.wake(at: wait.until) }
        }
        for worker in workforce.all {
            effects.wake(at: worker.lastSeen.advanced(byMilliseconds: patience(with: worker)))
        }
    }
}
