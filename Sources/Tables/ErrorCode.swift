/// What went wrong, as scripts see it: the `code` of an error in JSON.
public enum ErrorCode: String, Hashable, Sendable, CaseIterable, Codable {
    // A query or a build that has to wait.
    case indexNotReady = "INDEX_NOT_READY"
    case indexBlocked = "INDEX_BLOCKED"
    case coordinatorRunning = "COORDINATOR_RUNNING"
    case coordinatorUnreachable = "COORDINATOR_UNREACHABLE"
    case busy = "BUSY"
    // Something named that does not exist.
    case noIndex = "NO_INDEX"
    case noSuchDatabase = "NO_SUCH_DATABASE"
    case noSuchTable = "NO_SUCH_TABLE"
    case noSuchIndex = "NO_SUCH_INDEX"
    case noSuchRecord = "NO_SUCH_RECORD"
    // What the user sent is wrong.
    case badRecord = "BAD_RECORD"
    case badQuery = "BAD_QUERY"
    case badName = "BAD_NAME"
    case badDefinition = "BAD_DEFINITION"
    case ambiguousKey = "AMBIGUOUS_KEY"
    case duplicateKey = "DUPLICATE_KEY"
    case alreadyExists = "ALREADY_EXISTS"
    case uniqueViolation = "UNIQUE_VIOLATION"
    case wrongState = "WRONG_STATE"
    case notAttachable = "NOT_ATTACHABLE"
    // The environment or the machine.
    case notADatabase = "NOT_A_DATABASE"
    case incompatibleVersion = "INCOMPATIBLE_VERSION"
    case noSpace = "NO_SPACE"
    case mapFull = "MAP_FULL"
    case corrupt = "CORRUPT"
    case notPermitted = "NOT_PERMITTED"
    case inputOutput = "IO_ERROR"
    case defect = "DEFECT"

    /// The exit code of a command that ends with this error (sysexits.h).
    public var exitCode: Int32 {
        switch self {
        case .badQuery, .badName, .badDefinition, .ambiguousKey, .alreadyExists, .wrongState: 64
        case .badRecord, .duplicateKey, .uniqueViolation, .notAttachable: 65
        case .noIndex, .noSuchDatabase, .noSuchTable, .noSuchIndex, .noSuchRecord: 66
        case .coordinatorUnreachable: 69
        case .defect: 70
        case .noSpace, .mapFull: 73
        case .corrupt, .inputOutput: 74
        case .indexNotReady, .indexBlocked, .coordinatorRunning, .busy: 75
        case .notPermitted: 77
        case .notADatabase, .incompatibleVersion: 78
        }
    }

    /// The HTTP status of a response that carries this error.
    public var httpStatus: Int {
        switch self {
        case .badQuery, .badName, .badDefinition, .ambiguousKey: 400
        case .notPermitted: 403
        case .noSuchDatabase, .noSuchTable, .noSuchIndex, .noSuchRecord: 404
        case .noIndex, .duplicateKey, .alreadyExists, .uniqueViolation, .wrongState, .coordinatorRunning: 409
        case .badRecord, .notAttachable: 422
        case .indexNotReady, .indexBlocked, .coordinatorUnreachable, .busy: 503
        case .noSpace, .mapFull: 507
        case .notADatabase, .incompatibleVersion, .corrupt, .inputOutput, .defect: 500
        }
    }

    /// Whether trying the same again later may succeed without anybody changing the request.
    public var isRetryable: Bool {
        switch self {
        case .indexNotReady, .indexBlocked, .coordinatorRunning, .coordinatorUnreachable, .busy: true
        case .noSpace, .mapFull: true
        default: false
        }
    }
}
