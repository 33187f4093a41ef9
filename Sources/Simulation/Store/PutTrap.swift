/// Makes puts fail: the n-th from now, every k-th, or every put for one record.
public struct PutTrap: Hashable, Sendable {
    /// Puts that still succeed before one fails; nil: all do.
    public var remaining: Int?
    /// After a failure, this many succeed before the next fails; nil: it failed once.
    public var period: Int?
    /// Every put for this record fails.
    public var key: UInt32?
    /// What a failing put throws.
    public var error = SimulatedError.transient

    /// No trap.
    public init() {}

    mutating func spring(_ key: UInt32) throws(SimulatedError) {
        if self.key == key { throw error }
        guard let remaining else { return }
        if remaining > 0 {
            self.remaining = remaining - 1
            return
        }
        self.remaining = period
        throw error
    }
}
