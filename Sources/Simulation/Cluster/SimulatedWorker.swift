internal import Backfill
internal import Values

/// One life of a worker process: its session, its working threads, its connection.
final class SimulatedWorker {
    enum Mail {
        case finished(WorkerMessage)
        case abandoned(Lease)
        case notStarted(WorkerMessage)
        case stop
    }

    let life: Life
    let program: Program
    var session: WorkerSession
    var clock: SimulatedClock
    /// Threads at work, the one that counts last.
    var works: [SimulatedWork] = []
    var mail: [Mail] = []
    /// The coordinator that it is connected to.
    var link: Life?
    /// When the latest message of each direction arrives: a connection keeps the order.
    var sentUntil: Int64 = 0
    var receivedUntil: Int64 = 0
    var wakeAt: Int64 = .max
    /// What happens to a stopped process waits here.
    var isStopped = false
    var held: [Happening] = []
    var isPartitioned = false
    var leavingSince: Int64?
    var nextWork = 0
    /// What was last said to have been done; a successor may be told again.
    var reported: (lease: Lease, to: Life)?

    init(_ life: Life, program: Program, session: WorkerSession, clock: SimulatedClock) {
        self.life = life
        self.program = program
        self.session = session
        self.clock = clock
    }

    var nonce: Nonce { session.identity.incarnation.nonce }
    var pid: Int32 { session.identity.incarnation.pid }
    var current: SimulatedWork? { works.last }
}

/// A piece of work on a thread of its own, as far as it is.
final class SimulatedWork {
    enum Order {
        case work
        case cut
        case abandon
    }

    /// What the next step does.
    enum Phase {
        case assign
        case chunk
        case create(place: Int)
        case sync(place: Int)
        case rename(place: Int)
        case syncName(place: Int)
        case empty
        case sources
        case open
        case append
        case readBack
        case noteSharedKeys(isEnd: Bool)
        case drain
    }

    let number: Int
    let grant: Grant
    var phase = Phase.assign
    var order = Order.work
    var progress = WorkerSession.Progress()
    /// Tries of the present step that failed.
    var tries = 0
    var token = 0
    var isPausing = false
    var outcome: WorkerMessage?

    // A scan.
    /// The indexes of the job that still exist, by their places: which field each is of.
    var fields: [Int?] = []
    var end: UInt64 = .max
    var cut: Key?
    var memory = 0
    var harvest = SimulatedHarvest()
    var runs: [RunSummary?] = []
    var snapshotBefore: [RecordRow]?

    // A load.
    var sources: [(identity: SimulatedDisk.Identity, run: RunSummary)] = []
    var merged: [SimulatedEntry] = []
    var position = 0
    var digest = EntryDigest.zero
    var lastRead: UInt64?
    var finder = SharedKeyFinder()
    var commits = 0

    // A drain.
    var applied: UInt64 = 0

    init(number: Int, grant: Grant) {
        self.number = number
        self.grant = grant
    }
}

/// What a scan has gathered.
struct SimulatedHarvest {
    var lastKey: UInt32?
    var records: UInt64 = 0
    var entries: [[SimulatedEntry]] = []
    var count = 0
    var badRecords: [BadRecord] = []
    var snapshotMin: UInt64?
    var snapshotMax: UInt64 = 0
}
