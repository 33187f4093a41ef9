/// What the coordinator knows of one worker. Lost with the coordinator; workers introduce themselves again.
public struct WorkerState: Hashable, Sendable {
    /// Whether work can be given to it.
    public enum Standing: Hashable, Sendable {
        /// Its lease was found in the ledger; it has not been heard of by this coordinator.
        case awaited
        /// It takes part.
        case serving
        /// It is on its way out.
        case leaving
        /// It cannot work here, for this reason.
        case refused(String)
    }

    /// Who it is.
    public internal(set) var incarnation: Incarnation
    /// Its program's version; empty while it is awaited.
    public internal(set) var program: String
    /// Whether work can be given to it.
    public internal(set) var standing: Standing
    /// What it holds.
    public internal(set) var lease: Lease?
    /// When its lease was last sent to it.
    public internal(set) var grantedAt: Instant
    /// When it was last heard of.
    public internal(set) var lastSeen: Instant
    /// Its latest progress.
    public internal(set) var heartbeat: Heartbeat?

    init(_ incarnation: Incarnation, standing: Standing, at now: Instant) {
        self.incarnation = incarnation
        self.program = ""
        self.standing = standing
        self.grantedAt = now
        self.lastSeen = now
    }

    var isFree: Bool { standing == .serving && lease == nil }
}

/// The workers, in the order of their nonces: iteration has the same order in every process.
struct Workforce: Hashable, Sendable {
    private(set) var all: [WorkerState] = []

    subscript(nonce: Nonce) -> WorkerState? {
        get {
            let place = place(of: nonce)
            return place < all.count && all[place].incarnation.nonce == nonce ? all[place] : nil
        }
        set {
            let place = place(of: nonce)
            let isThere = place < all.count && all[place].incarnation.nonce == nonce
            switch (newValue, isThere) {
            case (let worker?, true): all[place] = worker
            case (let worker?, false): all.insert(worker, at: place)
            case (nil, true): all.remove(at: place)
            case (nil, false): break
            }
        }
    }

    /// The first place whose nonce is not lower, by binary search.
    private func place(of nonce: Nonce) -> Int {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].incarnation.nonce < nonce { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
