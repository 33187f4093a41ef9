import ArgumentParser
import Simulation

/// Options that change the plan which the seed draws; `--shrink` prints them.
struct PlanChanges: ParsableArguments {
    @Option(help: ArgumentHelp("Leave these faults out (comma separated).", valueName: "FAULTS"))
    var without: String?

    @Option(help: ArgumentHelp("These faults and no others (comma separated, or none).", valueName: "FAULTS"))
    var only: String?

    @Option(help: ArgumentHelp("Records at first.", valueName: "N"))
    var records: Int?

    @Option(help: ArgumentHelp("Primary keys lie below this.", valueName: "N"))
    var keySpace: Int?

    @Option(help: ArgumentHelp("Worker processes.", valueName: "N"))
    var workers: Int?

    @Option(help: ArgumentHelp("Coordinator processes.", valueName: "N"))
    var coordinators: Int?

    @Option(help: ArgumentHelp("Indexes.", valueName: "N"))
    var indexes: Int?

    @Option(help: ArgumentHelp("Fields with unique indexes (comma separated numbers, or none).", valueName: "FIELDS"))
    var unique: String?

    @Option(help: ArgumentHelp("How long faults last, in milliseconds.", valueName: "MS"))
    var safetyMillis: Int?

    @Option(help: ArgumentHelp("The seed whose sizes and rates are used, if another.", valueName: "SEED"))
    var planSeed: UInt64?

    @Option(help: ArgumentHelp("Take protections out, to see a checker notice (comma separated).", valueName: "NAMES"))
    var weaken: String?

    var weaknesses: Weaknesses {
        var all: Weaknesses = []
        for name in names(weaken) {
            for known in Weaknesses.named where known.name == name { all.insert(known.weakness) }
        }
        return all
    }

    func check() throws {
        for name in names(without) + names(only) where name != "none" && PlanChanges.fault(name) == nil {
            let known = FaultClass.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no fault \(name); there are \(known)")
        }
        for name in names(weaken) where !Weaknesses.named.contains(where: { $0.name == name }) {
            let known = Weaknesses.named.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no protection \(name); there are \(known)")
        }
        for name in names(unique) where name != "none" {
            let field = Int(name)
            guard let field, (0..<SimulatedRecord.fieldCount).contains(field) else {
                throw ValidationError("there is no field \(name); there are 0 to \(SimulatedRecord.fieldCount - 1)")
            }
        }
        for number in [workers, coordinators] { if let number, number < 1 { throw ValidationError("at least 1") } }
        for number in [records, indexes, safetyMillis, keySpace] {
            if let number, number < 0 { throw ValidationError("at least 0") }
        }
        if let indexes, indexes > SimulatedRecord.fieldCount {
            throw ValidationError("at most \(SimulatedRecord.fieldCount) indexes")
        }
    }

    func applied(to drawn: Plan) -> Plan {
        var plan = drawn
        if let planSeed {
            plan = Plan(seed: planSeed)
            plan.seed = drawn.seed
        }
        if only != nil { plan.faults = FaultClasses(names(only).compactMap(PlanChanges.fault)) }
        for name in names(without) { if let fault = PlanChanges.fault(name) { plan.faults.remove(fault) } }
        plan.records = records ?? plan.records
        plan.keySpace = max(keySpace ?? plan.keySpace, plan.records, 1)
        plan.workers = workers ?? plan.workers
        plan.coordinators = coordinators ?? plan.coordinators
        plan.indexes = indexes ?? plan.indexes
        if unique != nil { plan.uniqueFields = names(unique).compactMap { Int($0) } }
        plan.safetyMillis = safetyMillis ?? plan.safetyMillis
        return plan
    }

    /// The command that runs this plan again, with a trace.
    static func command(for plan: Plan, _ weaknesses: Weaknesses) -> String {
        let faults = plan.faults.all.map(\.name).joined(separator: ",")
        var words = ["gapless-simulate --seed \(plan.seed)"]
        if plan.drawnFrom != plan.seed { words.append("--plan-seed \(plan.drawnFrom)") }
        words.append(
            "--only \(faults.isEmpty ? "none" : faults) --records \(plan.records) --key-space \(plan.keySpace)")
        words.append("--workers \(plan.workers) --coordinators \(plan.coordinators) --indexes \(plan.indexes)")
        let unique = plan.uniqueFields.map(String.init).joined(separator: ",")
        words.append("--unique \(unique.isEmpty ? "none" : unique)")
        words.append("--safety-millis \(plan.safetyMillis)")
        let weak = Weaknesses.named.filter { weaknesses.contains($0.weakness) }.map(\.name)
        if !weak.isEmpty { words.append("--weaken \(weak.joined(separator: ","))") }
        return words.joined(separator: " ")
    }

    private func names(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",").map(String.init)
    }

    private static func fault(_ name: String) -> FaultClass? {
        FaultClass.allCases.first { $0.name == name }
    }
}
