// Goal: the checkers see what they are there to see.
// Method: a protection is taken out of the simulated store or worker, and runs from a few seeds must turn red.

import Simulation
import Testing

@Suite("What the checkers see")
struct WeaknessTests {
    /// A protection that is taken out, and a seed at or shortly before one that shows it.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var seed: UInt64
        var faults: [FaultClass] = []
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "forget-tombstones", seed: 1), Case(name: "elide-while-building", seed: 4),
        Case(name: "diff-against-committed", seed: 1), Case(name: "skip-drain-rest", seed: 4),
        Case(name: "publish-unproved", seed: 9), Case(name: "ignore-bad-records", seed: 111),
        Case(
            name: "no-lease-fence", seed: 1,
            faults: [.stops, .kills, .writers, .delay, .noProcessWatch]),
        Case(name: "no-office-fence", seed: 17), Case(name: "report-before-sync", seed: 1),
        Case(name: "exit-is-success", seed: 96), Case(name: "trust-run-files", seed: 8),
        Case(name: "stale-snapshot", seed: 3), Case(name: "pass-over-bad-records", seed: 111),
        Case(name: "skip-read-back", seed: 13), Case(name: "answer-while-building", seed: 1),
        Case(
            name: "marks-outlive-rollback", seed: 1,
            faults: [.powerLoss, .unsyncedStore, .writers, .kills]),
        Case(name: "publish-shared-keys", seed: 12), Case(name: "load-notes-no-keys", seed: 12),
        Case(name: "drain-notes-no-keys", seed: 13), Case(name: "admit-shared-keys", seed: 4),
        Case(name: "keep-refused-writes", seed: 0), Case(name: "never-heal-keys", seed: 0),
        Case(name: "refuse-freed-keys", seed: 0), Case(name: "nulls-are-shared", seed: 0),
        Case(name: "stay-blocked", seed: 12),
    ]

    /// Seeds that are tried: the simulation may have changed since the seed was noted.
    private static let seedsMax: UInt64 = 400

    @Test(
        "L9, S1, S2, S3, S7, P1, P3, P4, O2, W1, W2, W3, W4, W5, R4: without a protection the simulation turns red",
        arguments: WeaknessTests.cases)
    func isSeen(one: Case) throws {
        let weakness = try #require(Weaknesses.named.first { $0.name == one.name }?.weakness)
        for seed in one.seed..<one.seed + WeaknessTests.seedsMax {
            var plan = Plan(seed: seed)
            if !one.faults.isEmpty { plan.faults = FaultClasses(one.faults) }
            if Simulation.run(plan, weaknesses: weakness).violation != nil { return }
        }
        Issue.record("nothing noticed \(one.name)")
    }

    @Test("every protection that can be taken out is on the list, or is made good by another")
    func listIsWhole() {
        let names = WeaknessTests.cases.map(\.name) + ["skip-failed-batch"]
        #expect(Weaknesses.named.map(\.name).sorted() == names.sorted())
    }

    @Test("P1: a loader that goes on behind a failed batch is found by the read-back of its own load")
    func readBackMakesGood() {
        for seed in UInt64(0)..<20 {
            var plan = Plan(seed: seed)
            plan.faults = FaultClasses([.lateFailures, .writers])
            plan.failuresPerMille = 60
            let outcome = Simulation.run(plan, weaknesses: .skipFailedBatch)
            #expect(outcome.violation == nil, "seed \(seed): \(String(describing: outcome.violation))")
        }
    }

    @Test("a failing plan is made smaller and still fails in the same way")
    func shrinking() throws {
        let plan = Plan(seed: 4)
        let found = try #require(Simulation.run(plan, weaknesses: .skipDrainRest).violation)
        var shrinking = Shrinking(plan, found, weaknesses: .skipDrainRest)
        shrinking.run()
        #expect(shrinking.violation.checker == found.checker)
        #expect(shrinking.plan.faults.all.count < plan.faults.all.count)
        #expect(shrinking.plan.records <= plan.records && shrinking.plan.safetyMillis < plan.safetyMillis)
        #expect(Simulation.run(shrinking.plan, weaknesses: .skipDrainRest).violation == shrinking.violation)
    }
}
