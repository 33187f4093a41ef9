import FoundationEssentials
import Glibc
import Supervision

/// A program of the system that is run to its end, with a log file for what it says.
struct Command {
    /// How long a run goes on whose end does not matter any more.
    static let grace = Duration.seconds(3)
    /// How often it is asked whether that is so.
    private static let look = Duration.milliseconds(250)

    let words: [String]
    let folder: String
    var environment: [String: String] = [:]

    /// The words of a command line, the program first; it is looked for in `PATH`.
    init(_ words: [String], in folder: String, environment: [String: String] = [:]) {
        self.words = words
        self.folder = folder
        self.environment = environment
    }

    /// Runs it with both streams in a file; nil when it had to be killed because the time was over.
    ///
    /// Once `isDecided` says that its end does not matter any more, it has a few seconds for it. Nothing that it
    /// started is left afterwards, whichever way it ended.
    @available(*, noasync)
    func run(
        log: String, timeout: Duration? = nil, isDecided: () throws -> Bool = { false }
    ) throws -> ChildExit? {
        let shell = "cd \"$0\" && log=$1 && shift && exec \"$@\" >\"$log\" 2>&1"
        let spec = ChildSpec(
            name: words[0], executable: "/bin/sh", arguments: ["-c", shell, folder, log] + words,
            environment: environment.merging([Leftovers.variable: Leftovers.mark]) { $1 })
        let child = try Leftovers.start(spec)
        let exit = try wait(for: child, timeout, isDecided)
        if exit == nil {
            try child.signal(SIGKILL, group: true)
            _ = try child.wait()
        }
        try Leftovers.kill()
        try Leftovers.requireGoingOn()
        return exit
    }

    /// Nil when it still runs and the time is over.
    @available(*, noasync)
    private func wait(
        for child: ChildProcess, _ timeout: Duration?, _ isDecided: () throws -> Bool
    ) throws -> ChildExit? {
        let clock = ContinuousClock()
        var end = timeout.map { clock.now + $0 }
        var wasDecided = false
        while true {
            let left = end.map { clock.now.duration(to: $0) } ?? Command.look
            if let exit = try child.wait(timeout: max(min(left, Command.look), .zero)) { return exit }
            if let end, clock.now >= end { return nil }
            if try !wasDecided && isDecided() {
                wasDecided = true
                let soon = clock.now + Command.grace
                end = end.map { min($0, soon) } ?? soon
            }
        }
    }

    /// What it prints; throws if it fails.
    @available(*, noasync)
    func output() throws -> String {
        let log = "\(FileManager.default.temporaryDirectory.path)/gapless-mutants-\(getpid())"
        let exit = try run(log: log)
        let text = String(decoding: try Data(contentsOf: URL(filePath: log)), as: UTF8.self)
        try FileManager.default.removeItem(atPath: log)
        guard exit == .code(0) else { throw MutantsFailure("\(words.joined(separator: " ")) failed: \(text)") }
        return text
    }
}

/// The run of mutants could not do its work: one sentence on why.
struct MutantsFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
