internal import Values

/// How a query will be answered: decided once, from one snapshot, before the first record is read.
struct QueryPlan {
    /// What is walked.
    enum Source: Hashable {
        /// The records themselves, by primary key.
        case table
        /// The entries of one ready generation of an index.
        case index(IndexUse)
    }

    /// A walk over ranges of one source.
    ///
    /// Together the steps reach every record of the answer; each record that they reach is tested against the whole
    /// predicate.
    struct Step {
        var source: Source
        /// Merged; bounds of index steps are cut as index keys are, so that a range may hold strangers.
        var ranges: [KeyRange]
        /// The part of the predicate that the ranges stand for; nil where everything is walked.
        var condition: QueryPredicate?
        /// Whether the one range holds one whole index key, of which a record has at most one entry.
        var isOneKey = false
        /// How many entries the ranges hold, counted up to a limit; nil if there was no need to know.
        var estimate: Int?

        var index: IndexRecord? {
            if case .index(let use) = source { use.index } else { nil }
        }

        var isTable: Bool { source == .table }
    }

    /// What happens to the records on their way out.
    enum Delivery: Hashable {
        /// Handed out as the steps find them (descending: tables only, backwards).
        case asFound(isDescending: Bool)
        /// Collected, sorted and handed out; with a limit, no more than needed are kept.
        case sorted(Query.Order)
        /// Handed out in the order of the one index step. `hasTail`: then come the records that have no entry in it.
        case inIndexOrder(Query.Order, hasTail: Bool)
    }

    /// In the order in which they are walked; a table step comes first.
    var steps: [Step]
    var delivery: Delivery
}

/// One generation of an index, for the time of one query; a class, since plans copy it about.
final class IndexUse: Hashable, Sendable {
    let index: IndexRecord
    let generation: Generation

    init(_ index: IndexRecord, _ generation: Generation) {
        self.index = index
        self.generation = generation
    }

    static func == (a: IndexUse, b: IndexUse) -> Bool {
        a === b || (a.index.id == b.index.id && a.generation.number == b.generation.number)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(index.id)
        hasher.combine(generation.number)
    }
}

extension [QueryPlan.Step] {
    /// One step for each source, so that no source is walked twice; a table step first.
    var mergedBySource: [QueryPlan.Step] {
        var result: [QueryPlan.Step] = []
        for step in self {
            guard let place = result.firstIndex(where: { $0.source == step.source }) else {
                result.append(step)
                continue
            }
            let ranges = (result[place].ranges + step.ranges).merged
            result[place].isOneKey = result[place].isOneKey && step.isOneKey && ranges == step.ranges
            result[place].ranges = ranges
            result[place].condition = .any([result[place].condition, step.condition].compactMap(\.self)).normalized
            result[place].estimate = nil
        }
        return result.filter(\.isTable) + result.filter { !$0.isTable }
    }
}
