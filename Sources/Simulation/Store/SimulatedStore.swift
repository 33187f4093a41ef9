public import Backfill

/// One environment in memory: records, catalog, indexes with their deltas, bad records, and the ledger.
///
/// It does what `Tables` and `Ledger` do on LMDB, operation by operation, and holds nothing else, so that the same
/// operations can be run against both and compared. It is a value: a copy is a snapshot, and a transaction that fails
/// is a copy put back. One table; its number is 1.
public struct SimulatedStore: Hashable, Sendable {
    /// The table's number.
    public static let table: UInt64 = 1

    /// The latest transaction; inside ``write(_:)`` the one under way.
    public internal(set) var transaction: UInt64 = 0
    /// All records in key order.
    public internal(set) var records: [RecordRow] = []
    /// The catalog, oldest index first, the dropped ones too until they are cleaned away.
    public internal(set) var indexes: [SimulatedIndex] = []
    /// Records that some generation cannot hold.
    public internal(set) var badRecords: [BadRow] = []
    /// Keys of unique indexes that several records had when a load or a drain saw them.
    public internal(set) var sharedKeys: [SharedKeyRow] = []
    /// Who coordinates.
    public internal(set) var office: SimulatedOffice?
    /// The ledger's rows of every job, oldest first.
    public internal(set) var jobs: [JobImage] = []
    /// Counts transactions that changed what ``demands()`` answers.
    public internal(set) var demandsVersion: UInt64 = 0
    /// Makes puts fail.
    public var trap = PutTrap()
    /// Protections that are taken out, to see that somebody notices.
    public var weaknesses: Weaknesses = []

    var databases: [SimulatedDatabase] = []
    var lastIndex: UInt64 = 0
    /// The records before the transaction under way; kept for one of the weaknesses only.
    var recordsBefore: [RecordRow] = []

    /// An empty environment.
    public init() {}

    /// One write transaction: all of `body` or nothing.
    ///
    /// A trap that sprang stays sprung when the transaction is undone.
    public mutating func write<R>(
        _ body: (inout SimulatedStore) throws(SimulatedError) -> R
    ) throws(SimulatedError) -> R {
        let before = self
        transaction += 1
        if weaknesses.contains(.diffAgainstCommitted) { recordsBefore = records }
        do {
            return try body(&self)
        } catch {
            let trap = trap
            if error != .uniqueViolation || !weaknesses.contains(.keepRefusedWrites) { self = before }
            self.trap = trap
            throw error
        }
    }

    /// The record at this key.
    public func record(_ key: UInt32) -> SimulatedRecord? { records.row(at: UInt64(key))?.record }

    /// The entries of a generation; nil if it has no database any more.
    public func entries(index: UInt64, generation: UInt64) -> [SimulatedEntry]? {
        database(index, generation).map { databases[$0].entries }
    }

    /// The delta of a generation; nil if it has no database any more.
    public func delta(index: UInt64, generation: UInt64) -> [DeltaRow]? {
        database(index, generation).map { databases[$0].delta }
    }

    func database(_ index: UInt64, _ generation: UInt64) -> Int? {
        databases.firstIndex { $0.index == index && $0.generation == generation }
    }

    func requiredDatabase(_ index: UInt64, _ generation: UInt64) throws(SimulatedError) -> Int {
        guard let place = database(index, generation) else { throw .noSuchIndex }
        return place
    }
}

/// Who coordinates, as the ledger has it.
public struct SimulatedOffice: Hashable, Sendable {
    /// One higher than that of the coordinator before.
    public var epoch: Epoch
    /// Who it is.
    public var holder: Nonce
    /// A number higher than that of any job there ever was.
    public var nextJob: JobID
}
