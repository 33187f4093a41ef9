internal import Values

/// Chooses what to walk for a predicate.
///
/// What an index over the fields F1, F2, ... may serve, and why it is never short:
///
/// - A record has an entry only if *every* field of the index holds a scalar (a null counts in an index that takes
///   nulls). So an index is a candidate only if the predicate implies that for every one of its fields:
///   `impliesEntry`. An index over (city, age) does not serve `city = 'Oslo'`: the records without an age are not in
///   it.
/// - The leading fields may each be narrowed by one `=`, `IN` or `IS NULL`, the next one by one `<`, `<=`, `>`, `>=`,
///   `BETWEEN` or `STARTS WITH`. The entries of a record are all combinations of the values of its fields, so a record
///   that satisfies these tests has an entry that satisfies them all.
/// - One field is narrowed by *one* test: `a > 5 AND a < 10` may be satisfied by two elements of an array, [1, 20],
///   neither of which lies between. Only the primary key, which is one scalar in every record, is narrowed by all of
///   its tests.
/// - `!=`, `IS NOT NULL`, `IS MISSING`, `ENDS WITH`, `CONTAINS` and `NOT` narrow nothing (see `KeySpelling.keys`).
/// - OR is served if every branch is, each together with what stands beside the OR.
///
/// The caller decides which indexes are candidates: for answering, ready generations only, as the catalog of the
/// query's own transaction lists them.
struct QueryPlanner {
    /// Counts the entries of a step, up to a limit.
    typealias Counter = (QueryPlan.Step) throws -> Int

    /// More prefixes than this are not multiplied further by the values of the next field's IN list.
    private static let prefixesMax = 1_024
    /// A walk over so few points needs no comparison with other walks.
    private static let pointsWithoutCount = 4

    let table: TableRecord
    let candidates: [IndexUse]

    /// The cheapest steps that reach every record that satisfies all `conjuncts`; nil if nothing serves.
    func steps(for conjuncts: [QueryPredicate], _ count: Counter) throws -> [QueryPlan.Step]? {
        var options: [[QueryPlan.Step]] = []
        if let keys = primaryKeyStep(conjuncts) {
            if keys.arePoints, keys.step.ranges.count <= Self.pointsWithoutCount { return [keys.step] }
            options.append([keys.step])
        }
        for candidate in candidates {
            options += indexSteps(candidate, conjuncts).map { [$0] }
        }
        for case .any(let branches) in conjuncts {
            let beside = conjuncts.filter { if case .any = $0 { false } else { true } }
            if let union = try union(branches, beside: beside, count) { options.append(union) }
        }
        return try cheapest(options, count)
    }

    private func union(
        _ branches: [QueryPredicate], beside: [QueryPredicate], _ count: Counter
    ) throws -> [QueryPlan.Step]? {
        var union: [QueryPlan.Step] = []
        for branch in branches {
            guard let steps = try steps(for: branch.conjuncts + beside, count) else { return nil }
            union += steps
        }
        return union.mergedBySource
    }

    /// The option with the fewest entries; the first one of equals.
    private func cheapest(_ options: [[QueryPlan.Step]], _ count: Counter) throws -> [QueryPlan.Step]? {
        guard options.count > 1 else { return options.first }
        var best: (steps: [QueryPlan.Step], total: Int)?
        for var steps in options {
            var total = 0
            for place in steps.indices {
                let estimate = try steps[place].estimate ?? count(steps[place])
                steps[place].estimate = estimate
                total += estimate
            }
            if best.map({ total < $0.total }) ?? true { best = (steps, total) }
            if total == 0 { break }
        }
        return best?.steps
    }

    // MARK: The primary key

    private func primaryKeyStep(_ conjuncts: [QueryPredicate]) -> (step: QueryPlan.Step, arePoints: Bool)? {
        var ranges = [KeyRange.everything]
        var used: [QueryPredicate] = []
        var arePoints = false
        for case .field(table.keyField, let test) in conjuncts {
            guard let keys = table.keys(for: test) else { continue }
            ranges = ranges.intersection(keys.ranges)
            arePoints = arePoints || keys.arePoints
            used.append(.field(table.keyField, test))
        }
        guard !used.isEmpty else { return nil }
        return (
            QueryPlan.Step(source: .table, ranges: ranges, condition: QueryPredicate.all(used).normalized), arePoints
        )
    }

    // MARK: Indexes

    /// The walks that an index offers: one for each test that may narrow the last field narrowed.
    private func indexSteps(_ candidate: IndexUse, _ conjuncts: [QueryPredicate]) -> [QueryPlan.Step] {
        let index = candidate.index
        guard isComplete(index, for: conjuncts) else { return [] }
        var leading = LeadingPoints()
        for path in index.fields {
            let tests = tests(of: path, in: conjuncts, index)
            let points = tests.filter(\.keys.arePoints).min { $0.keys.ranges.count < $1.keys.ranges.count }
            if let points, leading.narrow(by: points, prefixesMax: Self.prefixesMax) { continue }
            let ranged = tests.filter { !$0.keys.arePoints }.map { leading.narrowed(by: $0) }
            if !ranged.isEmpty { return ranged.map { Self.step(candidate, $0.ranges, $0.used) } }
            break
        }
        let isWhole = leading.used.count == index.fields.count
        return leading.used.isEmpty ? [] : [Self.step(candidate, leading.ranges, leading.used, isWhole: isWhole)]
    }

    /// The walk over an index of one field for values of it; nil if keys cannot tell.
    ///
    /// Where keys can tell single values, every record with one of them has an entry: they are scalars, and null is
    /// among them only in an index that takes nulls.
    static func lookup(_ use: IndexUse, _ test: QueryPredicate.Test, _ path: FieldPath) -> QueryPlan.Step? {
        guard let keys = KeySpelling.component.keys(for: test, indexesNulls: use.index.indexesNulls), keys.arePoints
        else { return nil }
        let condition = QueryPredicate.field(path, test)
        guard keys.ranges.count == 1, keys.ranges[0].lower.count < EntryLayout.indexKeyBytesMax else {
            return step(use, keys.ranges, [condition], isWhole: true)
        }
        return QueryPlan.Step(source: .index(use), ranges: keys.ranges, condition: condition, isOneKey: true)
    }

    /// Whether every record that satisfies the conjuncts has an entry in the index.
    private func isComplete(_ index: IndexRecord, for conjuncts: [QueryPredicate]) -> Bool {
        index.fields.allSatisfy { path in
            conjuncts.contains { $0.impliesEntry(for: path, indexesNulls: index.indexesNulls) }
        }
    }

    private func tests(of path: FieldPath, in conjuncts: [QueryPredicate], _ index: IndexRecord) -> [NarrowingTest] {
        conjuncts.compactMap { conjunct in
            guard case .field(path, let test) = conjunct else { return nil }
            return KeySpelling.component.keys(for: test, indexesNulls: index.indexesNulls).map {
                NarrowingTest(predicate: conjunct, keys: $0)
            }
        }
    }

    /// - Parameter isWhole: whether each range is a value of every field.
    private static func step(
        _ candidate: IndexUse, _ ranges: [KeyRange], _ used: [QueryPredicate], isWhole: Bool = false
    ) -> QueryPlan.Step {
        QueryPlan.Step(
            source: .index(candidate), ranges: ranges.map { $0.cut(to: EntryLayout.indexKeyBytesMax) }.merged,
            condition: used.isEmpty ? nil : QueryPredicate.all(used).normalized,
            isOneKey: isWhole && ranges.count == 1 && ranges[0].lower.count <= EntryLayout.indexKeyBytesMax)
    }

    // MARK: Order

    /// A walk over an index whose order is the order asked for; nil if no candidate has it.
    ///
    /// The index must take nulls, which sort too, and end with the field of the order (ties are then in the order of
    /// primary keys); each field before it must be narrowed to one value. The field of the order itself is not
    /// narrowed: an array sorts by its smallest element, which may lie outside a range that another element lies in.
    func orderedStep(_ order: Query.Order, for conjuncts: [QueryPredicate]) -> QueryPlan.Step? {
        for candidate in candidates where candidate.index.fields.last == order.field && candidate.index.indexesNulls {
            let index = candidate.index
            let isWhole = conjuncts.isEmpty && index.fields.count == 1
            guard isWhole || (index.fields.count > 1 && isComplete(index, for: conjuncts)) else { continue }
            var leading = LeadingPoints()
            let isNarrowed = index.fields.dropLast().allSatisfy { path in
                let tests = tests(of: path, in: conjuncts, index)
                guard let point = tests.first(where: { $0.keys.arePoints && $0.keys.ranges.count == 1 }) else {
                    return false
                }
                return leading.narrow(by: point, prefixesMax: 1)
            }
            // A cut prefix would leave nothing of the field of the order in the key.
            let isShort = leading.ranges.allSatisfy { $0.lower.count < EntryLayout.indexKeyBytesMax }
            if isNarrowed, isShort { return Self.step(candidate, leading.ranges, leading.used) }
        }
        return nil
    }
}

/// A test of one field with the keys that it leaves.
private struct NarrowingTest {
    let predicate: QueryPredicate
    let keys: TestKeys
}

/// The prefixes that the leading fields of an index have been narrowed to.
private struct LeadingPoints {
    private(set) var ranges = [KeyRange.everything]
    private(set) var used: [QueryPredicate] = []

    /// Multiplies the prefixes by the points of the next field; false, and nothing done, if they would become too many.
    mutating func narrow(by test: NarrowingTest, prefixesMax: Int) -> Bool {
        guard used.isEmpty || ranges.count * test.keys.ranges.count <= prefixesMax else { return false }
        (ranges, used) = narrowed(by: test)
        return true
    }

    func narrowed(by test: NarrowingTest) -> (ranges: [KeyRange], used: [QueryPredicate]) {
        let narrowed = ranges.flatMap { prefix in test.keys.ranges.map { $0.prefixed(prefix.lower) } }
        return (narrowed, used + [test.predicate])
    }
}
