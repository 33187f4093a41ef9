import ArgumentParser
import ClusterModel
import Exploration

/// Searches every interleaving of a small cluster, and says how many states there are and whether a promise breaks.
struct ExploreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Searches every interleaving of a small cluster, over the production core.",
        discussion: """
            Exit code 0: the search is complete, every promise holds, and every interesting case was reached. 1: not so.

            Examples:
              gapless-simulate explore --suite
              gapless-simulate explore --restarts 1 --write 2=1,-2
              gapless-simulate explore --ranges 2 --lost 1 --late 1 --second-coordinators 1
            """)

    @Flag(help: "Search the configurations of the test suite, one after the other.")
    var suite = false

    @Option(help: "Workers.")
    var workers = 2
    @Option(help: "Ranges.")
    var ranges = 3
    @Option(help: "Records; 0: one for each range.")
    var records = 0
    @Option(help: "Messages that may be lost.")
    var lost = 0
    @Option(help: "Messages that may be delivered twice.")
    var doubled = 0
    @Option(help: "Messages that may be held back.")
    var late = 0
    @Option(help: "Times that the coordinator may be killed.")
    var restarts = 0
    @Option(help: "Times that the coordinator may be stopped, and wake when another is in office.")
    var secondCoordinators = 0
    @Option(help: "Times that a living worker may be taken for lost.")
    var suspicions = 0
    @Option(help: "Times that a worker may be killed.")
    var kills = 0
    @Option(help: "Times that a worker may be asked to leave.")
    var departures = 0
    @Option(help: "Mishaps of all kinds in one run, at the most.")
    var mishaps = 100
    @Option(help: ArgumentHelp("What the application writes, in order: 2=1 puts, -2 deletes.", valueName: "WRITES"))
    var write: [String] = []
    @Option(help: "A record that cannot be indexed until it is rewritten.")
    var poison: UInt8?
    @Flag(help: "Begin before ranges are cut and workers are known.")
    var fresh = false
    @Option(
        name: .customLong("break"), help: ArgumentHelp("Take a protection out.", valueName: "NAME"),
        transform: protection)
    var breaks: [Break] = []
    @Option(help: "The most states that may be visited.")
    var statesMax = 50_000_000

    func validate() throws {
        guard (1...7).contains(max(ranges, records)), (1...4).contains(workers) else {
            throw ValidationError("a small cluster has 1 to 4 workers and 1 to 7 ranges and records")
        }
        for script in write { _ = try ExploreCommand.writes(script) }
    }

    func run() throws {
        var isClean = true
        for scope in suite ? Scope.suite : [try scope()] {
            if try !search(scope) { isClean = false }
        }
        if !isClean { throw ExitCode(1) }
    }

    private func search(_ scope: Scope) throws -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        let findings = try Explorer(ClusterModel(scope), statesMax: statesMax).search()
        print(
            "\(scope.name): \(findings.states) states, \(findings.transitions) transitions, depth \(findings.depth), "
                + "\(clock.now - start)")
        if !suite {
            for (sighting, count) in findings.sightings.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                print("    \(sighting.rawValue): \(count)")
            }
        }
        for sighting in findings.neverSeen { print("    never reached: \(sighting.rawValue)") }
        if let counterexample = findings.counterexample { print(counterexample) }
        return findings.isClean
    }

    private func scope() throws -> Scope {
        var scope = Scope("\(workers) workers, \(ranges) ranges")
        scope.workers = workers
        scope.ranges = ranges
        scope.records = records
        scope.losses = lost
        scope.duplicates = doubled
        scope.lateMessages = late
        scope.restarts = restarts
        scope.secondCoordinators = secondCoordinators
        scope.suspicions = suspicions
        scope.kills = kills
        scope.departures = departures
        scope.mishapsMax = mishaps
        if !write.isEmpty { scope.scripts = try write.map(ExploreCommand.writes) }
        scope.poison = poison
        scope.startsUnderWay = !fresh
        scope.breaks = Set(breaks)
        return scope
    }

    private static func protection(_ name: String) throws -> Break {
        guard let found = Break(rawValue: name) else {
            let names = Break.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(name) is no protection: there are \(names)")
        }
        return found
    }

    /// `2=1,-2`: puts value 1 under key 2, then deletes key 2.
    private static func writes(_ text: String) throws -> [Scope.Write] {
        try text.split(separator: ",").map { word in
            let parts = word.split(separator: "=").map { UInt8($0) }
            if parts.count == 2, let key = parts[0], let value = parts[1], (1...7).contains(key), value < 3 {
                return .put(key: key, value: value)
            }
            if word.hasPrefix("-"), let key = UInt8(word.dropFirst()), (1...7).contains(key) {
                return .delete(key: key)
            }
            throw ValidationError("\(word) is no write: 2=1 puts value 1 (0 to 2) under key 2 (1 to 7), -2 deletes it")
        }
    }
}
