/// A place in the program at which a build with the trait `Faults` can fail, stall or end on purpose.
///
/// The name of a case's raw value is what `GAPLESS_FAILPOINTS` calls it. A point named `.after` comes when the thing
/// has succeeded: an error makes no sense there.
public enum FaultPoint: String, CaseIterable, Sendable {
    // The store.
    case lmdbRead = "lmdb.read"
    case lmdbBegin = "lmdb.begin"
    case lmdbGet = "lmdb.get"
    case lmdbMove = "lmdb.move"
    case lmdbPut = "lmdb.put"
    case lmdbDelete = "lmdb.delete"
    case lmdbCreate = "lmdb.create"
    case lmdbDrop = "lmdb.drop"
    case lmdbCommit = "lmdb.commit"
    case lmdbCommitAfter = "lmdb.commit.after"
    // Run files.
    case runsOpen = "runs.open"
    case runsWrite = "runs.write"
    case runsSync = "runs.fsync"
    case runsSyncAfter = "runs.fsync.after"
    case runsRename = "runs.rename"
    case runsRenameAfter = "runs.rename.after"
    case runsRead = "runs.pread"
    case runsRemove = "runs.unlink"
    // Messages.
    case send = "zmq.send"
    case sendAfter = "zmq.send.after"
    case receive = "zmq.receive"
    // The ledger.
    case ledgerOffice = "ledger.office"
    case ledgerCommit = "ledger.commit"
    case ledgerCommitAfter = "ledger.commit.after"
    case ledgerPublish = "ledger.publish"
    case ledgerPublishAfter = "ledger.publish.after"
    case ledgerRemove = "ledger.remove"
    // The coordinator.
    case plan = "coordinator.plan"
    case middle = "coordinator.middle"
    case clean = "coordinator.clean"
    case tidy = "coordinator.tidy"
    // The worker.
    case workBegin = "worker.begin"
    case scanChunk = "scan.chunk"
    case scanEnd = "scan.end"
    case scanRunsAfter = "scan.runs.after"
    case loadBegin = "load.begin"
    case loadLayout = "load.layout"
    case loadLayoutAfter = "load.layout.after"
    case loadAppend = "load.append"
    case loadAppendAfter = "load.append.after"
    case readBack = "load.readback"
    case drainStep = "drain.step"
    case drainStepAfter = "drain.step.after"
    case report = "worker.report.after"
    case failure = "worker.failure.after"
}

extension FaultPoint {
    /// Whether the thing that comes next can be made to fail; where it has succeeded already, only the process can.
    public var takesErrors: Bool { !rawValue.hasSuffix(".after") }

    /// Whether a message passes here, which can be lost or repeated.
    public var isMessage: Bool { self == .send || self == .receive }

    /// Whether the errors of LMDB itself can be given here, not only those of the system.
    public var isOfStore: Bool { !rawValue.hasPrefix("runs.") && !rawValue.hasPrefix("zmq.") }

    /// When it is reached, and what `on:` and `key:` look at.
    public var meaning: String {
        switch self {
        case .lmdbRead: "a read transaction begins"
        case .lmdbBegin: "a write transaction begins; on: writer or loader"
        case .lmdbGet: "a key is read; on: the database, key: the key"
        case .lmdbMove: "a cursor moves; on: the database"
        case .lmdbPut: "an entry is put; on: the database, key: the key"
        case .lmdbDelete: "an entry is deleted; on: the database, key: the key if it is deleted by key"
        case .lmdbCreate: "a database is created; on: its name"
        case .lmdbDrop: "a database is dropped; on: its name"
        case .lmdbCommit: "a write transaction commits; on: writer or loader"
        case .lmdbCommitAfter: "a write transaction has been committed; on: writer or loader"
        case .runsOpen: "a run file is created or opened; on: its path"
        case .runsWrite: "bytes are written to a run file; on: its path"
        case .runsSync: "a run file or its folder is synced; on: its path"
        case .runsSyncAfter: "a run file or its folder has been synced; on: its path"
        case .runsRename: "a run file gets its name; on: its path"
        case .runsRenameAfter: "a run file has got its name; on: its path"
        case .runsRead: "bytes of a run file are read; on: its path"
        case .runsRemove: "an unfinished run file is removed; on: its path"
        case .send: "a message is sent; on: router (of a coordinator) or dealer (of a worker)"
        case .sendAfter: "a message has been handed to ZeroMQ; on: router or dealer"
        case .receive: "a message has arrived; on: router or dealer"
        case .ledgerOffice: "a coordinator takes office"
        case .ledgerCommit: "rows of a batch are committed"
        case .ledgerCommitAfter: "rows of a batch have been committed, and nobody was told"
        case .ledgerPublish: "the proof is tried"
        case .ledgerPublishAfter: "the proof was tried, and nobody was told its outcome"
        case .ledgerRemove: "the rows of an old job are removed"
        case .plan: "the coordinator looks for the end of a range"
        case .middle: "the coordinator looks for the middle of a range that keeps failing"
        case .clean: "the runs of a job that is over are removed"
        case .tidy: "slots of dead readers and pages of what was dropped are freed"
        case .workBegin: "a worker begins a piece of work; on: the lease"
        case .scanChunk: "a chunk of a range is read"
        case .scanEnd: "the last record of a range has been read, and no run is written yet"
        case .scanRunsAfter: "all runs of a range are durable, and nobody was told"
        case .loadBegin: "a load begins"
        case .loadLayout: "the transaction that groups an index, after its fence"
        case .loadLayoutAfter: "an index has been grouped, and nothing stands in it"
        case .loadAppend: "a transaction of the load or of its emptying, after its fence"
        case .loadAppendAfter: "a transaction of the load has been committed"
        case .readBack: "a chunk of the loaded index is read back"
        case .drainStep: "a transaction of the drain, after its fence"
        case .drainStepAfter: "a transaction of the drain has been committed"
        case .report: "a piece of work has ended well, and nobody was told; on: the lease"
        case .failure: "a piece of work has failed, and nobody was told; on: the lease"
        }
    }
}
