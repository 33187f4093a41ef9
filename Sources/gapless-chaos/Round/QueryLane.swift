import Foundation

/// One application that asks: every query must be answered completely, or refused with exit code 75 and no output.
final class QueryLane {
    private let program: Program
    private let model: Model
    /// Queries of the indexes that have been declared so far.
    var probes: [Probe] = []
    private let number: Int
    private var dice: Dice
    private var query: (child: Child, probe: Probe, watch: Model.Watch)?

    private(set) var answered = 0
    private(set) var refused = 0

    init(_ number: Int, program: Program, model: Model, dice: Dice) {
        self.number = number
        self.program = program
        self.model = model
        self.dice = dice
    }

    var isIdle: Bool { query == nil }

    /// Judges a query that has ended, and asks another unless `isLast`.
    func step(isLast: Bool) throws {
        if let query {
            guard query.child.hasEnded() else {
                guard Clock.seconds() - query.child.started < 90 else {
                    throw ChaosFailure("a query has hung for 90 s: \(query.probe.text)")
                }
                return
            }
            try judge(query.child, query.probe, query.watch)
            model.unwatch(query.watch)
            self.query = nil
        }
        guard !isLast else { return }
        let probe = dice.pick(probes)
        let watch = model.watch()
        let child = try Child(
            program.path, ["query", "t", probe.text, "--db", program.database], environment: [:],
            path: "\(program.folder)/query-\(number)")
        query = (child, probe, watch)
    }

    private func judge(_ child: Child, _ probe: Probe, _ watch: Model.Watch) throws {
        let output = try String(contentsOfFile: child.output, encoding: .utf8)
        switch child.ending {
        case 0?:
            if let fault = Model.fault(in: try Program.records(output), to: probe, watch) {
                throw ChaosFailure("query \(probe.text): \(fault)")
            }
            answered += 1
        case 75?:
            guard output.isEmpty else { throw ChaosFailure("query \(probe.text) was refused after rows were printed") }
            refused += 1
        default:
            let errors = try String(contentsOfFile: child.errors, encoding: .utf8)
            throw ChaosFailure("query \(probe.text) ended with \(child.ending ?? -1): \(errors.suffix(600))")
        }
    }
}
