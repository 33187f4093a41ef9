internal import LMDB
internal import Tables
internal import Values

/// What went wrong: a code for programs, a message for people, and whether trying again later is worth it.
public struct DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of errors, spelt as in the JSON of the program `gapless`.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The index that the query needs is still being built, or its build is paused: try again later.
        case indexNotReady = "INDEX_NOT_READY"
        /// The index that the query needs cannot become ready before somebody deals with what blocks it.
        case indexBlocked = "INDEX_BLOCKED"
        /// Another process is the coordinator.
        case coordinatorRunning = "COORDINATOR_RUNNING"
        /// No coordinator answers.
        case coordinatorUnreachable = "COORDINATOR_UNREACHABLE"
        /// A limit of the moment, or another process has what is needed.
        case busy = "BUSY"
        /// No index serves the query, and reading every record was not allowed.
        case noIndex = "NO_INDEX"
        /// There is no database in the folder.
        case noSuchDatabase = "NO_SUCH_DATABASE"
        /// There is no such table.
        case noSuchTable = "NO_SUCH_TABLE"
        /// There is no such index.
        case noSuchIndex = "NO_SUCH_INDEX"
        /// There is no such record.
        case noSuchRecord = "NO_SUCH_RECORD"
        /// The record cannot be stored, or does not fit the type that it was asked for as.
        case badRecord = "BAD_RECORD"
        /// The condition or the order cannot be read.
        case badQuery = "BAD_QUERY"
        /// A name that no table or index can have.
        case badName = "BAD_NAME"
        /// A table or an index that cannot be.
        case badDefinition = "BAD_DEFINITION"
        /// A text that stands for two keys.
        case ambiguousKey = "AMBIGUOUS_KEY"
        /// A record with this key is there already.
        case duplicateKey = "DUPLICATE_KEY"
        /// The table or index exists with another meaning.
        case alreadyExists = "ALREADY_EXISTS"
        /// Another record has the key that a unique index allows once.
        case uniqueViolation = "UNIQUE_VIOLATION"
        /// Not possible in the state that the index is in.
        case wrongState = "WRONG_STATE"
        /// The database of another program cannot be a table, or not any more.
        case notAttachable = "NOT_ATTACHABLE"
        /// The folder holds something else.
        case notADatabase = "NOT_A_DATABASE"
        /// A newer Gapless wrote it.
        case incompatibleVersion = "INCOMPATIBLE_VERSION"
        /// The disk is full.
        case noSpace = "NO_SPACE"
        /// The map of the environment cannot grow any more.
        case mapFull = "MAP_FULL"
        /// The database is damaged.
        case corrupt = "CORRUPT"
        /// The operating system forbids it.
        case notPermitted = "NOT_PERMITTED"
        /// Reading or writing a file failed.
        case inputOutput = "IO_ERROR"
        /// A defect of Gapless.
        case defect = "DEFECT"
    }

    /// What went wrong, for programs.
    public let code: Code
    /// What went wrong and what to do, for people: one line.
    public let message: String
    /// Whether the same call may succeed later without anybody changing it.
    public let isRetryable: Bool
    /// How long to wait before that is worth it, when known.
    public let retryAfter: Duration?
    /// The full name of the index concerned: `people.email`.
    public let index: String?
    /// The state of that index.
    public let state: IndexStatus.State?
    /// The primary key of the record concerned, as text.
    public let record: String?

    /// `CODE: message`.
    public var description: String { "\(code.rawValue): \(message)" }

    init(_ code: Code, _ message: String, index: String? = nil, state: IndexStatus.State? = nil, record: String? = nil)
    {
        self.code = code
        self.message = message
        isRetryable = ErrorCode(rawValue: code.rawValue)?.isRetryable ?? false
        retryAfter = nil
        self.index = index
        self.state = state
        self.record = record
    }

    private init(_ error: GaplessError) {
        code = Code(rawValue: error.code.rawValue) ?? .defect
        message = error.message
        isRetryable = error.retryable
        retryAfter = error.retryAfterSeconds.map { .seconds($0) }
        index = error.index
        state = error.state.map(IndexStatus.State.init)
        record = error.record
    }

    /// The same error as a caller of this library sees it, whatever module it came from.
    init(wrapping error: any Error) {
        switch error {
        case let error as DatabaseError: self = error
        case let error as FieldPathError: self.init(.badDefinition, "\(error)")
        case let error as RecordError: self.init(.badRecord, "\(error)")
        default: self.init(GaplessError(wrapping: error))
        }
    }

    /// Runs `body`, whose errors are all of Gapless.
    static func wrapping<R>(_ body: () throws -> R) throws(DatabaseError) -> R {
        do { return try body() } catch { throw DatabaseError(wrapping: error) }
    }

    /// Runs `body`, whose errors may be the caller's own: those come out as they are.
    static func wrappingOurs<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error where error is GaplessError || error is LMDBError || error is RecordError {
            throw DatabaseError(wrapping: error)
        }
    }
}
