/// Makes a plan that fails smaller, as long as it still fails in the same way.
public struct Shrinking: Sendable {
    /// The smallest plan so far.
    public private(set) var plan: Plan
    /// How it fails.
    public private(set) var violation: Violation
    /// Runs that were tried.
    public private(set) var tries = 0

    private let weaknesses: Weaknesses

    /// Begins with a plan that fails like this.
    public init(_ plan: Plan, _ violation: Violation, weaknesses: Weaknesses = []) {
        self.plan = plan
        self.violation = violation
        self.weaknesses = weaknesses
    }

    /// Tries smaller plans until none of them fails in the same way: fewer faults, fewer records, fewer processes, less
    /// time. Fewer of one may take another course, so a few seeds are tried for each.
    public mutating func run(report: (Plan) -> Void = { _ in }) {
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for candidate in candidates where attempt(candidate) {
                isSmaller = true
                report(plan)
                break
            }
        }
    }

    private static let seedsPerCandidate: UInt64 = 12

    private mutating func attempt(_ candidate: Plan) -> Bool {
        for step in 0..<Shrinking.seedsPerCandidate {
            var trial = candidate
            trial.seed = candidate.seed &+ step &* 1_000_003
            tries += 1
            guard let found = Simulation.run(trial, weaknesses: weaknesses).violation else { continue }
            guard found.checker == violation.checker else { continue }
            plan = trial
            violation = found
            return true
        }
        return false
    }

    private var candidates: [Plan] {
        var all: [Plan] = []
        for one in plan.faults.all {
            all.append(changed { $0.faults.remove(one) })
        }
        for one in plan.uniqueFields {
            all.append(changed { $0.uniqueFields.removeAll { $0 == one } })
        }
        if plan.records > 1 {
            all.append(
                changed {
                    $0.records /= 2; $0.keySpace = max($0.keySpace / 2, $0.records, 2)
                })
            all.append(
                changed {
                    $0.records -= 1; $0.keySpace = max($0.keySpace - 1, $0.records, 2)
                })
        }
        if plan.workers > 1 { all.append(changed { $0.workers -= 1 }) }
        if plan.coordinators > 1 { all.append(changed { $0.coordinators -= 1 }) }
        if plan.indexes > 1 { all.append(changed { $0.indexes -= 1 }) }
        if plan.safetyMillis > 20 {
            all.append(changed { $0.safetyMillis /= 2 })
            all.append(changed { $0.safetyMillis -= $0.safetyMillis / 8 + 1 })
        }
        return all
    }

    private func changed(_ change: (inout Plan) -> Void) -> Plan {
        var candidate = plan
        change(&candidate)
        return candidate
    }
}
