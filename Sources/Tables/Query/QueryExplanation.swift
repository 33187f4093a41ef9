internal import Values

/// How a query is answered, for people and as JSON.
public struct QueryExplanation: Hashable, Sendable, Encodable {
    /// One step of the plan.
    public struct Step: Hashable, Sendable, Encodable {
        /// What it does: `primary key range`, `index range`, `scan`, `filter`, `sort`, `limit`.
        public let step: String
        /// What it does, in a sentence.
        public let text: String
        /// The index that is read, if one is.
        public let index: String?
        /// How many entries or records it is expected to read.
        public let estimatedEntries: Int?
    }

    /// The stretch of keys that is read.
    public struct Range: Hashable, Sendable, Encodable {
        /// The part of the filter that the stretch stands for, in the language of queries.
        public let condition: String
        /// The fields of the index, in order; the primary key field for a table.
        public let fields: [String]
        /// How many stretches of keys it consists of.
        public let intervals: Int
        /// The first key, in hexadecimal digits; nil for the very first.
        public let start: String?
        /// The key before which the last stretch ends; nil if it goes to the end.
        public let end: String?
    }

    /// The steps in the order in which they work.
    public let plan: [Step]
    /// The first index that is read; nil if none is.
    public let index: String?
    /// What is read of that index, or of the table by primary key; nil if everything is read.
    public let range: Range?
    /// What every record read is tested against; nil if all records are wanted.
    public let filter: String?
    /// How many records are expected to be read: exact for small ranges.
    public let estimatedRecords: Int
}

extension QueryExplanation {
    init(_ query: Query, _ plan: QueryPlan, _ table: TableRecord) {
        var steps = plan.steps.map { Self.step($0, table) }
        let filter = query.predicate?.description
        if let filter {
            steps.append(Step(step: "filter", text: "keep records with \(filter)", index: nil, estimatedEntries: nil))
        }
        steps += Self.orderSteps(plan, query)
        let main = plan.steps.first { !$0.isTable } ?? plan.steps.first { $0.condition != nil }
        self.plan = steps
        self.index = plan.steps.lazy.compactMap(\.index).first?.fullName
        self.range = main.flatMap { Self.range(of: $0, table) }
        self.filter = filter
        self.estimatedRecords = plan.steps.reduce(0) { $0 + ($1.estimate ?? 0) }
    }

    private static func step(_ step: QueryPlan.Step, _ table: TableRecord) -> Step {
        let condition = step.condition?.description
        let (kind, text): (String, String) =
            switch (step.source, condition) {
            case (.table, nil): ("scan", "read all records of \(table.name) by primary key")
            case (.table, let condition?):
                ("primary key range", "read records of \(table.name) by primary key: \(condition)")
            case (.index(let use), nil): ("index range", "read all entries of \(use.index.fullName) and their records")
            case (.index(let use), let condition?):
                ("index range", "read entries of \(use.index.fullName) and their records: \(condition)")
            }
        return Step(step: kind, text: text, index: step.index?.fullName, estimatedEntries: step.estimate)
    }

    private static func orderSteps(_ plan: QueryPlan, _ query: Query) -> [Step] {
        var steps: [Step] = []
        switch plan.delivery {
        case .asFound: break
        case .sorted(let order):
            let direction = order.isDescending ? " descending" : ""
            let kept = query.limit.map { " and keep \($0)" } ?? ""
            steps.append(plain("sort", "sort by \(order.field.queryText)\(direction)\(kept)"))
        case .inIndexOrder(let order, hasTail: true):
            steps.append(plain("scan", "if more are wanted, read the records without \(order.field.queryText)"))
        case .inIndexOrder: break
        }
        if query.limit != nil || query.offset > 0 {
            let limit = query.limit.map { "hand out \($0) records" } ?? "hand out all records"
            steps.append(plain("limit", query.offset > 0 ? "\(limit) after the first \(query.offset)" : limit))
        }
        return steps
    }

    private static func plain(_ step: String, _ text: String) -> Step {
        Step(step: step, text: text, index: nil, estimatedEntries: nil)
    }

    private static func range(of step: QueryPlan.Step, _ table: TableRecord) -> Range? {
        guard let condition = step.condition else { return nil }
        let first = step.ranges.first.flatMap { $0.lower.isEmpty ? nil : $0.lower }
        return Range(
            condition: condition.description, fields: (step.index?.fields ?? [table.keyField]).map(\.text),
            intervals: step.ranges.count, start: first?.hexadecimal, end: step.ranges.last?.upper?.hexadecimal)
    }
}
