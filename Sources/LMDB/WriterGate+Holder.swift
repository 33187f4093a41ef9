internal import Synchronization

/// Who holds the writer lock, for those who wait for it and those who look on.
extension WriterGate {
    /// A writer of this library that holds the lock.
    public struct Holder: Hashable, Sendable {
        /// Its process id, as it sees it itself.
        public let pid: Int32
        /// For how long it has held the lock, in milliseconds.
        public let heldMillis: Int64

        /// A holder that somebody made up or was told of.
        public init(pid: Int32, heldMillis: Int64) {
            self.pid = pid
            self.heldMillis = heldMillis
        }
    }

    /// Who holds the lock now; nil if nobody does, or somebody who does not say so.
    ///
    /// One that was killed with the lock in hand is named until the next writer has the lock, which it gets at once.
    public var holder: Holder? {
        page.holding.map { holding in
            let now = GatePage.nanoseconds()
            let held = now > holding.sinceNanoseconds ? now - holding.sinceNanoseconds : 0
            return Holder(pid: holding.pid, heldMillis: Int64(held / 1_000_000))
        }
    }
}

extension Environment {
    /// A wait of this process for the writer lock.
    public struct LockWait: Hashable, Sendable {
        /// For how long, in milliseconds.
        public let millis: Int64
        /// Who holds the lock, if it is known.
        public let holder: WriterGate.Holder?

        /// A wait of so long.
        public init(millis: Int64, holder: WriterGate.Holder?) {
            self.millis = millis
            self.holder = holder
        }
    }

    /// The wait of this process for the writer lock that goes on now; nil while it does not wait. Any thread.
    public var lockWait: LockWait? {
        let since = waitingSinceNanoseconds.load(ordering: .acquiring)
        let now = GatePage.nanoseconds()
        guard since != 0, now > since else { return nil }
        return LockWait(millis: Int64((now - since) / 1_000_000), holder: writerGate.holder)
    }
}
