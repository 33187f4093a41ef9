internal import Values

/// Makes the plan of a query from a catalog and counts, or says why there is none.
struct QueryPlanning {
    let query: Query
    let table: TableRecord
    /// The indexes of the table, as the catalog of the query's own transaction lists them.
    let indexes: [IndexRecord]

    /// Suggested to a client whose index is being built: long enough not to be a burden, short beside a build.
    private static let retryAfterSeconds = 5

    /// The plan; throws `INDEX_NOT_READY`, `INDEX_BLOCKED`, `INCOMPATIBLE_VERSION` or `NO_INDEX` when only a scan would
    /// serve and the query does not allow it.
    func plan(_ count: QueryPlanner.Counter) throws -> QueryPlan {
        if let lookup { return lookup }
        return try planByChoice(count)
    }

    /// The plan of the commonest query, a test for given values of a field that one ready index holds alone: what the
    /// choice below comes to, without looking at what cannot serve (half of the time of such a query).
    private var lookup: QueryPlan? {
        guard query.order == nil, case .field(let path, let test)? = query.predicate, path != table.keyField else {
            return nil
        }
        guard let only = IndexUse.lone(over: path, of: indexes) else { return nil }
        guard let step = QueryPlanner.lookup(only, test, path) else { return nil }
        return QueryPlan(steps: [step], delivery: .asFound(isDescending: false))
    }

    /// The plan by what every index and the primary key offer.
    func planByChoice(_ count: QueryPlanner.Counter) throws -> QueryPlan {
        let planner = QueryPlanner(table: table, candidates: candidates { $0.state == .ready && $0.isReadable })
        guard let predicate = query.predicate else { return planWithoutPredicate(planner) }
        if let steps = try planner.steps(for: predicate.conjuncts, count) {
            return try ordered(steps, planner, predicate, count)
        }
        guard query.allowScan else { throw try refusal(of: predicate) }
        let scan = QueryPlan.Step(source: .table, ranges: [.everything], condition: nil)
        return QueryPlan(steps: [scan], delivery: delivery(of: [scan]))
    }

    private func candidates(where isUsable: (Generation) -> Bool) -> [IndexUse] {
        indexes.compactMap { index in
            guard isMentioned(index) else { return nil }
            if let only = index.generations.first, index.generations.count == 1 {
                return isUsable(only) ? IndexUse(index, only) : nil
            }
            let usable = index.generations.filter(isUsable)
            // A readable generation that is ready before one that is coming, as the query would choose.
            let first = usable.last { $0.state == .ready && $0.isReadable } ?? usable.last { $0.state != .ready }
            return (first ?? usable.last).map { IndexUse(index, $0) }
        }
    }

    /// Whether the first field of the index is in the query at all: a table may have many other indexes.
    private func isMentioned(_ index: IndexRecord) -> Bool {
        guard let path = index.fields.first else { return false }
        return query.order?.field == path || (query.predicate?.mentions(path) ?? false)
    }

    // MARK: Order

    private func planWithoutPredicate(_ planner: QueryPlanner) -> QueryPlan {
        let scan = QueryPlan.Step(source: .table, ranges: [.everything], condition: nil)
        guard let order = query.order, order.field != table.keyField, let step = planner.orderedStep(order, for: [])
        else {
            return QueryPlan(steps: [scan], delivery: delivery(of: [scan]))
        }
        return QueryPlan(steps: [step], delivery: .inIndexOrder(order, hasTail: true))
    }

    private func delivery(of steps: [QueryPlan.Step]) -> QueryPlan.Delivery {
        guard let order = query.order else { return .asFound(isDescending: false) }
        let areKeysOrdered = table.rawKeys?.areOrdered ?? true
        let isKeyOrder = order.field == table.keyField && areKeysOrdered && steps.allSatisfy(\.isTable)
        return isKeyOrder ? .asFound(isDescending: order.isDescending) : .sorted(order)
    }

    /// Takes the index that has the order asked for when walking it until the limit reads less than sorting.
    private func ordered(
        _ steps: [QueryPlan.Step], _ planner: QueryPlanner, _ predicate: QueryPredicate, _ count: QueryPlanner.Counter
    ) throws -> QueryPlan {
        let delivery = delivery(of: steps)
        let plan = QueryPlan(steps: steps, delivery: delivery)
        guard case .sorted(let order) = delivery, let step = planner.orderedStep(order, for: predicate.conjuncts) else {
            return plan
        }
        let toSort = try steps.reduce(0) { try $0 + ($1.estimate ?? count($1)) }
        let toWalk = try count(step)
        var cost = toWalk
        if let limit = query.limit, toSort > 0 {
            // Matches are taken to lie evenly along the walk.
            let (wanted, isOver) = limit.addingReportingOverflow(query.offset)
            if !isOver, wanted < toWalk { cost = min(toWalk, max(wanted, wanted * (toWalk / toSort))) }
        }
        guard cost <= toSort else { return plan }
        return QueryPlan(steps: [step], delivery: .inIndexOrder(order, hasTail: false))
    }

    // MARK: Refusal

    /// Why no plan exists: an index that would serve is not ready, or there is none.
    private func refusal(of predicate: QueryPredicate) throws -> GaplessError {
        let isReady: (Generation) -> Bool = { $0.state == .ready }
        if let missing = try missing(predicate, where: { isReady($0) || $0.state == .building || $0.state == .paused })
        {
            return missing
        }
        if let missing = try missing(predicate, where: { isReady($0) || $0.state.takesDelta }) { return missing }
        return GaplessError(
            .noIndex,
            "no index of \(table.name) serves \(shortened(predicate)): create one (see gapless index create), "
                + "or allow a scan of all records (--allow-scan)")
    }

    /// The error about the first index that a plan would need if generations were usable that are not.
    private func missing(_ predicate: QueryPredicate, where isUsable: (Generation) -> Bool) throws -> GaplessError? {
        let planner = QueryPlanner(table: table, candidates: candidates(where: isUsable))
        // Of several plans the one with the fewest indexes that are not ready is the one to wait for.
        let steps = try planner.steps(for: predicate.conjuncts) { step in
            guard case .index(let use) = step.source else { return 0 }
            return use.generation.state == .ready && use.generation.isReadable ? 0 : 1
        }
        for case .index(let use) in (steps ?? []).map(\.source) {
            if use.generation.state != .ready { return Self.notReady(use.index, use.generation) }
            if !use.generation.isReadable { try use.generation.checkExtractor(of: use.index) }
        }
        return nil
    }

    private static func notReady(_ index: IndexRecord, _ generation: Generation) -> GaplessError {
        let name = index.fullName
        switch generation.state {
        case .blocked:
            let reason = generation.blockedReason.map { ": \($0)" } ?? ""
            return GaplessError(
                .indexBlocked, "the index \(name) is blocked\(reason) (see gapless index failures \(name))",
                retryAfterSeconds: retryAfterSeconds, index: name, state: .blocked)
        case .paused:
            return GaplessError(
                .indexNotReady, "the index \(name) is paused: gapless index resume \(name) lets its build go on",
                retryAfterSeconds: retryAfterSeconds, index: name, state: .paused)
        case .building, .ready, .dropping:
            return GaplessError(
                .indexNotReady, "the index \(name) is still being built: try again later, or see gapless status",
                retryAfterSeconds: retryAfterSeconds, index: name, state: generation.state)
        }
    }

    private func shortened(_ predicate: QueryPredicate) -> String {
        let text = predicate.description
        return text.count > 120 ? "\(text.prefix(120))..." : text
    }
}
