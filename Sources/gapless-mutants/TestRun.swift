import FoundationEssentials
import Supervision

/// One run of some tests in the copy, with one mutant awake or none.
struct TestRun {
    /// Names the mutant that is awake. Processes that tests start inherit it, and are mutated too.
    static let mutantVariable = "GAPLESS_MUTANT"
    /// A file that is made when the code of the mutant is reached.
    static let reachedVariable = "GAPLESS_MUTANT_REACHED"

    let copy: String
    /// The folder for logs.
    let logs: String
    let timeout: Duration

    /// What came of a run.
    struct Outcome {
        /// How it ended; nil when it had to be killed because the time was over.
        var exit: ChildExit?
        var events: EventLog
        /// Whether the mutant's code was executed at all.
        var isReached: Bool
        var seconds: Double
        var log: String
    }

    /// The tests, as `swift build --build-tests` left them.
    ///
    /// Started without `swift test`, which looks at the whole package first: that takes longer than most of the tests.
    private func program() throws -> String {
        let folder = "\(copy)/.build/debug"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        guard let name = names.first(where: { $0.hasSuffix("PackageTests.xctest") }) else {
            throw MutantsFailure("there is no program of tests in \(folder)")
        }
        return "\(folder)/\(name)"
    }

    /// Runs the tests that `selection` picks, with `mutant` awake.
    @available(*, noasync)
    func run(_ mutant: Mutant?, selection: [String]) throws -> Outcome {
        let name = mutant?.name ?? "none"
        let (log, events, reached) = ("\(logs)/\(name).log", "\(logs)/\(name).events", "\(logs)/\(name).reached")
        for path in [events, reached] where FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
        let variables = [Self.reachedVariable: reached, Self.mutantVariable: mutant?.name ?? ""]
        let words =
            [try program(), "--testing-library", "swift-testing"] + selection
            + ["--event-stream-output-path", events, "--event-stream-version", "0"]
        let clock = ContinuousClock()
        let start = clock.now
        let exit = try Command(words, in: copy, environment: variables).run(log: log, timeout: timeout) {
            // A mutant is dead at the first failure; without one all failures are wanted.
            try mutant != nil && !Self.events(at: events).failed.isEmpty
        }
        let took = start.duration(to: clock.now)
        return Outcome(
            exit: exit, events: try Self.events(at: events), isReached: FileManager.default.fileExists(atPath: reached),
            seconds: Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18, log: log)
    }

    /// What was told so far.
    private static func events(at path: String) throws -> EventLog {
        EventLog(FileManager.default.fileExists(atPath: path) ? try Data(contentsOf: URL(filePath: path)) : Data())
    }
}
