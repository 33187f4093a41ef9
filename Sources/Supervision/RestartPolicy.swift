/// When a child that ended is started again: at once-ish at first, then with delays that double, with jitter.
///
/// The jitter keeps children that died together from coming back together. A run that lasted for `healthyAfter` forgets
/// the failures before it.
public struct RestartPolicy: Hashable, Sendable {
    /// The delay after the first failure.
    public var firstDelay: Duration
    /// No delay is longer than this, jitter included.
    public var delayMax: Duration
    /// By how much of itself a delay may be shortened, 0...1.
    public var jitter: Double
    /// A run at least this long counts as healthy.
    public var healthyAfter: Duration
    /// Exit codes after which a restart cannot help: wrong usage, not permitted, bad configuration.
    public var finalExitCodes: Set<Int32>
    /// Whether an exit with code 0 that nobody asked for is final too.
    public var isSuccessFinal: Bool

    /// The defaults suit processes that take well under a second to start.
    public init(
        firstDelay: Duration = .milliseconds(100), delayMax: Duration = .seconds(30), jitter: Double = 0.25,
        healthyAfter: Duration = .seconds(10), finalExitCodes: Set<Int32> = [64, 77, 78], isSuccessFinal: Bool = false
    ) {
        precondition(firstDelay > .zero && delayMax >= firstDelay, "delays must be positive and in order")
        precondition((0...1).contains(jitter), "jitter is a part of one")
        self.firstDelay = firstDelay
        self.delayMax = delayMax
        self.jitter = jitter
        self.healthyAfter = healthyAfter
        self.finalExitCodes = finalExitCodes
        self.isSuccessFinal = isSuccessFinal
    }

    /// Whether a child that ended so, unasked, stays ended.
    public func isFinal(_ exit: ChildExit) -> Bool {
        switch exit {
        case .code(0): isSuccessFinal
        case .code(let code): finalExitCodes.contains(code)
        case .signal: false
        }
    }

    /// How many failures in a row a child has when one more run, of this length, has ended.
    public func failures(before: Int, afterRunOf length: Duration) -> Int {
        length >= healthyAfter ? 1 : before + 1
    }

    /// The delay before the next start after so many failures in a row (1 or more).
    public func delay(afterFailures failures: Int, using dice: inout some RandomNumberGenerator) -> Duration {
        var delay = firstDelay
        for _ in 1..<max(failures, 1) where delay < delayMax { delay = delay * 2 }
        return min(delay, delayMax) * (1 - jitter * Double.random(in: 0...1, using: &dice))
    }
}
