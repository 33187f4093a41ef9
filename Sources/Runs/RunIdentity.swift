/// Whose entries a run holds.
///
/// It stands in the footer, so that a run can never be taken for another's.
public struct RunIdentity: Hashable, Sendable {
    /// The environment's id, 16 bytes.
    public let environment: [UInt8]
    /// The job's id.
    public let job: UInt64
    /// The range's id within the job.
    public let range: UInt64
    /// The attempt of the lease under which the run was written.
    public let attempt: UInt32
    /// The index's ordinal within the job.
    public let index: UInt32
    /// The generation of the index that is being built.
    public let generation: UInt64

    /// Creates an identity; an environment id that has not 16 bytes is a defect of the caller and traps.
    public init(environment: [UInt8], job: UInt64, range: UInt64, attempt: UInt32, index: UInt32, generation: UInt64) {
        guard environment.count == 16 else {
            fatalError("an environment id has 16 bytes, not \(environment.count)")
        }
        self.environment = environment
        self.job = job
        self.range = range
        self.attempt = attempt
        self.index = index
        self.generation = generation
    }

    /// The name of the run's file within its job's folder.
    public var fileName: String { "r\(range)-a\(attempt)-i\(index)" + RunFolder.runSuffix }
}

extension RunIdentity: CustomStringConvertible {
    /// For messages: job, range, attempt, index and generation.
    public var description: String {
        "job \(String(job, radix: 16)), range \(range), attempt \(attempt), index \(index), generation \(generation)"
    }
}
