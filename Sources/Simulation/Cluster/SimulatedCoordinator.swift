internal import Backfill

/// One life of a coordinator process: the core, and what its loop and its errands thread have in hand.
final class SimulatedCoordinator {
    enum Phase {
        case standingBy
        case idle
        case committing
        case speaking
    }

    enum Errand {
        case request(Request)
        case tidy
        case removeLeftovers
    }

    let life: Life
    let program: Program
    let nonce: Nonce
    var clock: SimulatedClock
    var core: Coordinator?
    var phase = Phase.standingBy
    var inbox: [Event] = []
    var demands: [Demand]?
    var demandsSeen: UInt64?
    var pending = Effects()
    var commitWaitMillis = 10
    var errands: [Errand] = []
    var isOnErrand = false
    var wakeAt: Int64 = .max
    var isStopped = false
    var isStopping = false
    var held: [Happening] = []
    var hasWaited = false
    var isCatalogStale = false
    var hasMissedWake = false
    var tookOfficeAt: Int64 = 0

    init(_ life: Life, program: Program, nonce: Nonce, clock: SimulatedClock) {
        self.life = life
        self.program = program
        self.nonce = nonce
        self.clock = clock
    }
}
