import Glibc
import Logging

/// Shows how far work is that others do: a bar with words on a terminal, a log line every few seconds elsewhere.
///
/// One thread at a time.
struct StateBar {
    /// Cells of the bar.
    private static let cells = 24

    private let title: String
    private let log: Logger
    private let isTerminal = Terminal.isTerminal(STDERR_FILENO)
    private var drawnCharacters = 0
    private var shownAt: ContinuousClock.Instant?

    init(_ title: String, log: Logger) {
        self.title = title
        self.log = log
    }

    /// What is so now; cheap enough to be called often.
    mutating func update(fraction: Double, text: String) {
        let interval = isTerminal ? ProgressBar.drawInterval : ProgressBar.logInterval
        if let shownAt, shownAt.duration(to: .now) < interval { return }
        shownAt = .now
        let percent = "\(Int(fraction * 100))%"
        guard isTerminal else { return log.info("\(title): \(percent), \(text)") }
        let full = Int(fraction * Double(StateBar.cells))
        let bar = String(repeating: "=", count: full) + String(repeating: " ", count: StateBar.cells - full)
        // The last column stays free: a cursor there wraps on some terminals.
        let line = "\(title)  [\(bar)] \(percent.leftPadded(to: 4))  \(text)".shortened(to: Terminal.width() - 1)
        StandardError.write("\r" + line.padding(to: drawnCharacters))
        drawnCharacters = line.count
    }

    /// Takes the line off the terminal.
    mutating func clear() {
        guard drawnCharacters > 0 else { return }
        StandardError.write("\r" + String(repeating: " ", count: drawnCharacters) + "\r")
        drawnCharacters = 0
    }
}
