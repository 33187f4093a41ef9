/// A worker's message with what every message carries.
public struct WorkerEnvelope: Hashable, Sendable {
    /// Who sends it.
    public var sender: Nonce
    /// The epoch that the sender knows; 0 before the first welcome.
    public var epoch: Epoch
    /// What it says.
    public var message: WorkerMessage

    /// An envelope of these parts.
    public init(sender: Nonce, epoch: Epoch, message: WorkerMessage) {
        self.sender = sender
        self.epoch = epoch
        self.message = message
    }
}

/// A coordinator's message with what every message carries.
public struct CoordinatorEnvelope: Hashable, Sendable {
    /// The coordinator's epoch; a worker refuses one older than it knows.
    public var epoch: Epoch
    /// What it says.
    public var message: CoordinatorMessage

    /// An envelope of these parts.
    public init(epoch: Epoch, message: CoordinatorMessage) {
        self.epoch = epoch
        self.message = message
    }
}
