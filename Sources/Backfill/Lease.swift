/// What can be handed to a worker.
public enum WorkItem: Hashable, Sendable, Codable {
    /// Scan a range and write one run for each index of the job.
    case scan(range: RangeID)
    /// Merge the runs of one index (its place in the job), append them to its database, read them back.
    case load(index: Int)
    /// Apply the delta of one index (its place in the job) in bounded transactions until little is left.
    case drain(index: Int)
}

extension WorkItem: CustomStringConvertible {
    /// `scan of range 7`, `load of index 0`, `drain of index 0`.
    public var description: String {
        switch self {
        case .scan(let range): "scan of range \(range)"
        case .load(let index): "load of index \(index)"
        case .drain(let index): "drain of index \(index)"
        }
    }
}

/// A piece of work in one worker's hands, once. Its result counts only while the stored lease is this one.
public struct Lease: Hashable, Sendable, Codable {
    /// The job it belongs to.
    public var job: JobID
    /// What is to be done.
    public var item: WorkItem
    /// How often this item has been handed out, this time included.
    public var attempt: Attempt
    /// The epoch of the coordinator that handed it out.
    public var epoch: Epoch

    /// A lease of these parts.
    public init(job: JobID, item: WorkItem, attempt: Attempt, epoch: Epoch) {
        self.job = job
        self.item = item
        self.attempt = attempt
        self.epoch = epoch
    }
}

extension Lease: CustomStringConvertible {
    /// One line for logs.
    public var description: String {
        "\(item) of job \(job), attempt \(attempt), epoch \(epoch)"
    }
}
