/// How a drain makes sure that it ends although writers are faster.
///
/// At first it takes short turns and gives way after each. When the delta does not shrink, or publishing has found it
/// too large before, writers are kept out for a moment (`WriterGate.shut`), for longer each time that was not enough,
/// and have their turns between. A value: time comes in as an argument.
struct DrainPace: Hashable {
    /// Turns without the delta having halved, after which writers count as faster.
    static let turnsMax = 20
    /// The first time that writers are kept out, in microseconds; it doubles.
    static let shutMicrosecondsFirst: Int64 = 100_000
    /// The longest, in microseconds.
    static let shutMicrosecondsMax: Int64 = 1_600_000
    /// How long writers are kept out after the last turn, so that publishing comes before them, in microseconds.
    static let shutMicrosecondsForPublishing: Int64 = 250_000
    /// How long writers then have for themselves, at most, in microseconds.
    static let openMicroseconds = 200_000
    /// How long a turn may hold the write lock when writers are faster, in microseconds; at first a tenth of it.
    static let holdMicrosecondsMax: Int64 = 100_000

    /// What to do before the next turn.
    enum Step: Hashable {
        /// As usual.
        case giveWay
        /// Keep writers out for so long.
        case shut(microseconds: Int64)
        /// Go on: writers are kept out already.
        case goOn
        /// The time is over: let writers have their turns, then ask again.
        case open
    }

    /// Whether writers have been faster.
    private(set) var isLosing: Bool
    private var turns = 0
    private var halfway: Int?
    private var length = DrainPace.shutMicrosecondsFirst
    private var shutUntil: Int64?

    /// `rounds`: how often publishing found the delta too large.
    init(rounds: UInt32) {
        isLosing = rounds > 0
        for _ in 0..<min(rounds, 4) { length = min(length * 2, DrainPace.shutMicrosecondsMax) }
    }

    /// How long the next turn may hold the write lock, in microseconds.
    var holdMicroseconds: Int64 { isLosing ? DrainPace.holdMicrosecondsMax : DrainWork.holdMicroseconds }

    /// After a turn that left so many entries.
    mutating func turned(remaining: Int) {
        guard let halfway, remaining > halfway else {
            halfway = remaining / 2
            turns = 0
            return
        }
        turns += 1
        if turns >= DrainPace.turnsMax { isLosing = true }
    }

    /// How long to keep writers out after the last turn; nil: not at all. No longer than an operator's bound either.
    func shutMicrosecondsForPublishing(waitMicrosecondsMax: Int64?) -> Int64? {
        isLosing ? min(DrainPace.shutMicrosecondsForPublishing, waitMicrosecondsMax ?? .max) : nil
    }

    /// Whether writers are kept out now, as far as the last step says.
    var isShut: Bool { shutUntil != nil }

    /// Before a turn. Writers are kept out no longer than `waitMicrosecondsMax`, where an operator bounds it.
    mutating func step(nowMicroseconds now: Int64, waitMicrosecondsMax: Int64? = nil) -> Step {
        guard isLosing else { return .giveWay }
        guard let until = shutUntil else {
            let time = min(length, waitMicrosecondsMax ?? .max)
            length = min(length * 2, DrainPace.shutMicrosecondsMax)
            shutUntil = now + time
            return .shut(microseconds: time)
        }
        if now < until { return .goOn }
        shutUntil = nil
        return .open
    }
}
