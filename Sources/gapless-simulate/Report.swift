import Simulation

/// What a batch came to, for people and for scripts.
struct Report {
    let batch: Batch
    let first: UInt64

    init(_ batch: Batch, first: UInt64) {
        self.batch = batch
        self.first = first
    }

    var isClean: Bool { batch.failure == nil && batch.missing.isEmpty }

    private var digest: String { Report.hex(batch.digest) }

    private static func hex(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    func text(_ smaller: Shrinking?, _ weaknesses: Weaknesses, _ withMoments: Bool) -> String {
        var lines: [String] = []
        let last = first &+ UInt64(max(batch.runs - 1, 0))
        let seeds = batch.runs == 1 ? "seed \(first)" : "seeds \(first) to \(last)"
        lines.append(
            "\(seeds): \(batch.runs) runs, \(batch.builds) builds, \(batch.events) events, digest \(digest), "
                + "simulation \(Simulation.version)")
        if withMoments {
            for moment in Moment.allCases { lines.append("  \(batch.moments[moment])  \(moment.name)") }
        }
        if !batch.missing.isEmpty {
            lines.append("never reached: \(batch.missing.map(\.name).joined(separator: ", "))")
        }
        if let failure = batch.failure, let violation = failure.violation {
            lines.append("seed \(failure.plan.seed) FAILED: \(violation.checker): \(violation.message)")
            lines.append("plan: \(failure.plan)")
            lines.append("replay: \(PlanChanges.command(for: failure.plan, weaknesses)) --trace")
        }
        if let smaller {
            lines.append("smallest after \(smaller.tries) tries: \(smaller.violation.message)")
            lines.append("replay: \(PlanChanges.command(for: smaller.plan, weaknesses)) --trace")
        }
        if isClean { lines.append("clean") }
        return lines.joined(separator: "\n")
    }

    func json(_ smaller: Shrinking?, _ weaknesses: Weaknesses) -> String {
        var fields = [
            "\"clean\":\(isClean)", "\"firstSeed\":\(first)", "\"runs\":\(batch.runs)", "\"builds\":\(batch.builds)",
            "\"events\":\(batch.events)", "\"digest\":\"\(digest)\"", "\"version\":\"\(Simulation.version)\"",
        ]
        let counts = Moment.allCases.map { "\"\($0.name)\":\(batch.moments[$0])" }.joined(separator: ",")
        fields.append("\"moments\":{\(counts)}")
        fields.append("\"neverReached\":[\(batch.missing.map { "\"\($0.name)\"" }.joined(separator: ","))]")
        if let failure = batch.failure, let violation = failure.violation {
            let replay = PlanChanges.command(for: smaller?.plan ?? failure.plan, weaknesses)
            fields.append(
                "\"failure\":{\"seed\":\(failure.plan.seed),\"checker\":\(Report.quoted(violation.checker)),"
                    + "\"message\":\(Report.quoted(violation.message)),\"atMicros\":\(violation.at),"
                    + "\"replay\":\(Report.quoted(replay + " --trace"))}")
        }
        return "{\(fields.joined(separator: ","))}"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
