import Glibc
import Logging

/// Shows long work on standard error: a line that is redrawn on a terminal, a log line every few seconds elsewhere.
///
/// One thread at a time.
struct ProgressBar {
    /// A terminal is redrawn at most this often.
    static let drawInterval = Duration.milliseconds(100)
    /// Elsewhere a line is logged this often.
    static let logInterval = Duration.seconds(5)

    /// Where it is shown.
    enum Display {
        /// A terminal: text goes out as it is, carriage returns included.
        case terminal(width: @Sendable () -> Int, write: @Sendable (String) -> Void)
        case log(@Sendable (String) -> Void)
        case nowhere
    }

    private let title: String
    private let display: Display
    private let clock: @Sendable () -> Duration
    private var meter: ProgressMeter
    private var nextAt: Duration
    private var drawnCharacters = 0

    init(
        _ title: String, unit: String, total: UInt64? = nil, display: Display, clock: @escaping @Sendable () -> Duration
    ) {
        self.title = title
        self.display = display
        self.clock = clock
        let now = clock()
        meter = ProgressMeter(unit: unit, total: total, at: now)
        if case .log = display { nextAt = now + Self.logInterval } else { nextAt = now }
    }

    /// A bar on this process's standard error.
    init(_ title: String, unit: String, total: UInt64? = nil, log: Logger) {
        let isTerminal = Terminal.isTerminal(STDERR_FILENO)
        self.init(
            title, unit: unit, total: total,
            display: isTerminal
                ? .terminal(width: { Terminal.width() }, write: StandardError.write) : .log { log.info("\($0)") },
            clock: { Self.begin.duration(to: .now) })
    }

    private static let begin = ContinuousClock.now

    /// How much is done now; cheap enough to be called often.
    mutating func update(done: UInt64, total: UInt64? = nil, note: String? = nil) {
        let now = clock()
        guard now >= nextAt else { return }
        meter.note(done: done, total: total, at: now)
        show(note)
        if case .log = display { nextAt = now + Self.logInterval } else { nextAt = now + Self.drawInterval }
    }

    /// The last state; on a terminal the line is left behind with a newline.
    mutating func finish(done: UInt64, total: UInt64? = nil) {
        meter.note(done: done, total: total, at: clock())
        guard case .terminal(_, let write) = display else { return }
        show(nil)
        write("\n")
        drawnCharacters = 0
    }

    /// Takes the line off the terminal, for a message that comes in its place.
    mutating func clear() {
        guard case .terminal(_, let write) = display, drawnCharacters > 0 else { return }
        write("\r" + String(repeating: " ", count: drawnCharacters) + "\r")
        drawnCharacters = 0
    }

    /// Units a second, over all.
    var meanRate: Double { meter.meanRate }

    private mutating func show(_ note: String?) {
        let title = note.map { "\(self.title) \($0)" } ?? self.title
        switch display {
        case .nowhere: break
        case .log(let log): log("\(title): \(meter.summary)")
        case .terminal(let width, let write):
            // The last column stays free: a cursor there wraps on some terminals.
            let line = meter.line(title: title, width: width() - 1)
            write("\r" + line.padding(to: drawnCharacters))
            drawnCharacters = line.count
        }
    }
}
