// Runs simulations of a whole cluster from seeds: one with a trace, or many until one fails.
import ArgumentParser
import Simulation

/// The program `gapless-simulate`.
@main
struct GaplessSimulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gapless-simulate",
        abstract: "Runs the production core in a simulated cluster, from a seed, with faults, and checks every step.",
        discussion: """
            Exit code 0: everything held. 1: something did not, or a batch never reached an interesting case.

            Examples:
              gapless-simulate --runs 10000
              gapless-simulate --minutes 5
              gapless-simulate --seed 42 --trace
              gapless-simulate --seed 42 --shrink
            """,
        version: Simulation.version,
        subcommands: [ExploreCommand.self])

    @Option(help: "The first seed. Without it a random one is drawn, and printed.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("Run so many seeds, one after the other.", valueName: "N"))
    var runs: Int?

    @Option(help: ArgumentHelp("Run for so many minutes.", valueName: "M"))
    var minutes: Double?

    @Flag(help: "Print a readable trace of everything that happens.")
    var trace = false

    @Flag(help: "If a run fails, look for a smaller one that fails in the same way.")
    var shrink = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "Print how often each interesting case was reached.")
    var moments = false

    @OptionGroup(title: "Changes to the plan that the seed draws")
    var changes: PlanChanges

    func validate() throws {
        if let runs, runs < 1 { throw ValidationError("--runs takes a number from 1 up") }
        if let minutes, minutes <= 0 { throw ValidationError("--minutes takes a number greater than 0") }
        if runs != nil, minutes != nil { throw ValidationError("give --runs or --minutes, not both") }
        if trace, runs != nil || minutes != nil { throw ValidationError("--trace shows one run: give --seed alone") }
        if trace, json { throw ValidationError("give --trace or --json, not both") }
        try changes.check()
    }

    func run() throws {
        let first = seed ?? UInt64.random(in: 0..<1 << 48)
        let isBatch = runs != nil || minutes != nil
        let report = isBatch ? Report(runBatch(from: first), first: first) : Report(runOne(first), first: first)
        var smaller: Shrinking?
        if shrink, let failure = report.batch.failure, let violation = failure.violation {
            var shrinking = Shrinking(failure.plan, violation, weaknesses: changes.weaknesses)
            shrinking.run { plan in
                if !json { print("smaller: \(PlanChanges.command(for: plan, changes.weaknesses))") }
            }
            smaller = shrinking
        }
        print(json ? report.json(smaller, changes.weaknesses) : report.text(smaller, changes.weaknesses, moments))
        if !report.isClean { throw ExitCode(1) }
    }

    private func runOne(_ seed: UInt64) -> Batch {
        let lines: ((String) -> Void)? = trace ? { print($0) } : nil
        var batch = Batch()
        batch.add(Simulation.run(changes.applied(to: Plan(seed: seed)), weaknesses: changes.weaknesses, trace: lines))
        return batch
    }

    /// Seeds in order until one fails, the number is reached or the time is over.
    private func runBatch(from first: UInt64) -> Batch {
        var batch = Batch()
        let clock = ContinuousClock()
        let start = clock.now
        let end = minutes.map { start + .seconds($0 * 60) }
        var seed = first
        while batch.failure == nil {
            if let runs, batch.runs >= runs { break }
            if let end, clock.now >= end { break }
            batch.add(Simulation.run(changes.applied(to: Plan(seed: seed)), weaknesses: changes.weaknesses))
            seed &+= 1
            if batch.runs.isMultiple(of: 5_000), !json {
                print("\(batch.runs) runs clean, \(rate(batch, since: start, clock))")
            }
        }
        if !json { print(rate(batch, since: start, clock)) }
        return batch
    }

    private func rate(_ batch: Batch, since start: ContinuousClock.Instant, _ clock: ContinuousClock) -> String {
        let seconds = Double((clock.now - start).components.seconds) + 0.001
        return "\(Int(Double(batch.runs) / seconds * 60)) runs and \(Int(Double(batch.builds) / seconds * 60)) builds "
            + "a minute on one core"
    }
}
