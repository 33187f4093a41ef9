internal import CLMDB
internal import Glibc
internal import Synchronization

/// What a running transaction owns; nothing of it is public.
///
/// It belongs to the thread that runs the transaction, and its pointer is valid until the body returns.
@safe
public final class TransactionScope {
    let environment: Environment
    let pointer: OpaquePointer
    let isWrite: Bool
    let serial: UInt64
    /// Databases that a read transaction found: its snapshot has them as long as it lasts.
    ///
    /// `@exclusivity(unchecked)`, here and below: one thread, and no access lasts longer than an addition.
    @exclusivity(unchecked) var found: [Database] = []
    /// What a caller keeps for the time of a snapshot, and who it is: see `kept`.
    @exclusivity(unchecked) var kept: (owner: AnyObject, object: AnyObject)?
    /// Handles of databases that this transaction made, known to others once it commits.
    var created: [String: MDB_dbi] = [:]
    /// Views of mapped memory that a body is looking at; a change could pull the memory away.
    @exclusivity(unchecked) @usableFromInline var liveViews = 0
    /// Changes so far: a change may move any page that was changed before.
    @exclusivity(unchecked) @usableFromInline var changes = 0
    /// Changes so far of each handle.
    @exclusivity(unchecked) private var changesOfHandles: [Int] = []
    /// Of the environment's gate, when this transaction began.
    private let handleGeneration: UInt64
    private var areHandlesLocked = false

    init(environment: Environment, pointer: OpaquePointer, isWrite: Bool, handleGeneration: UInt64) {
        self.environment = environment
        unsafe self.pointer = pointer
        self.isWrite = isWrite
        self.handleGeneration = handleGeneration
        serial = Environment.transactionSerials.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// The error of an operation, after the note that makes the transaction run again where that is the cure.
    @inline(never)
    func failure(_ status: Int32, _ call: StaticString, _ context: String) -> LMDBError {
        if status == MDB_MAP_FULL { environment.noteFullMap() }
        // LMDB says EINVAL of a handle that this transaction does not know.
        let meant = status == EINVAL ? MDB_BAD_DBI : status
        return LMDBError(status: meant, call: call, context: "\(context) of \(environment.directory)")
    }

    /// Locks the environment's handles until the transaction ends; runs it again if others opened some since it began.
    func lockHandles() throws {
        guard !areHandlesLocked else { return }
        let found = environment.gate.lockHandles()
        areHandlesLocked = true
        guard found == handleGeneration else { throw restart(.reserveHandles) }
    }

    func unlockHandles() {
        guard areHandlesLocked else { return }
        environment.gate.unlockHandles()
        areHandlesLocked = false
    }

    func restart(_ reason: TransactionGate.Restart) -> RestartSignal {
        environment.gate.note(reason)
        return RestartSignal()
    }

    /// Before a change of the database with this handle.
    @inline(__always)
    func willChange(_ handle: MDB_dbi) {
        invariant(
            unsafe liveViews == 0,
            "a change inside withValue or withEntry could move the bytes it looks at: copy them first")
        unsafe changes += 1
        let index = Int(handle)
        while unsafe changesOfHandles.count <= index { unsafe changesOfHandles.append(0) }
        unsafe changesOfHandles[index] += 1
    }

    func changes(of handle: MDB_dbi) -> Int {
        let index = Int(handle)
        return unsafe index < changesOfHandles.count ? changesOfHandles[index] : 0
    }
}
