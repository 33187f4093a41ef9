/// Why an operation of the simulated store failed. The transaction is undone.
public enum SimulatedError: Error, Hashable, Sendable {
    /// Another coordinator is in office, or the lease is not the one that is recorded.
    case fenced
    /// The generation is in a state that does not allow it.
    case wrongState
    /// There is no such index, or it was dropped.
    case noSuchIndex
    /// An index with this name means something else.
    case alreadyExists
    /// Some index of the table cannot take the record.
    case badRecord
    /// Another record has a key of a unique index.
    case uniqueViolation
    /// The generation was declared by a program with other key rules.
    case incompatible
    /// An entry was appended that is not greater than the last one.
    case outOfOrder
    /// Rows of an open job are missing.
    case corrupt
    /// Busy, an input/output error, a full map: it may pass.
    case transient
    /// No room on the disk.
    case noSpace
    /// It will not pass.
    case permanent

    /// Whether the same operation may succeed later.
    public var mayPass: Bool { self == .transient || self == .noSpace }
}
