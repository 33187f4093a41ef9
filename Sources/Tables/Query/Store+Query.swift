public import LMDB
internal import Values

extension Store {
    /// Answers a query from one snapshot: hands each record of the answer to `body`, in order, until it returns false.
    ///
    /// State of the indexes, entries and records are read in one read transaction of this thread, which lasts as long
    /// as `body` takes: do not wait in it for long. Nothing has been handed out when this throws `INDEX_NOT_READY`,
    /// `INDEX_BLOCKED` (both to be tried again later), `NO_INDEX`, `NO_SUCH_TABLE` or `INCOMPATIBLE_VERSION`; `CORRUPT`
    /// and `BAD_RECORD` may come in the middle. Returns how many records were handed out.
    @available(*, noasync)
    @discardableResult
    public func query(
        _ query: Query, table: String, _ body: (borrowing QueryRow) throws -> Bool
    ) throws -> Int {
        try read { txn in try self.query(query, table: table, in: txn, body) }
    }

    /// As `query(_:table:_:)`, at the snapshot of a transaction of the caller's.
    @discardableResult
    public func query(
        _ query: Query, table: String, in txn: borrowing some ReadableTransaction & ~Copyable,
        _ body: (borrowing QueryRow) throws -> Bool
    ) throws -> Int {
        try txn.reading { try answer(query, table: table, in: $0, body) }
    }

    private func answer(
        _ query: Query, table name: String, in txn: borrowing ReadTransaction, _ body: QueryExecution.Body
    ) throws -> Int {
        let opened = try view(in: txn).table(name, in: self, txn)
        if let lookup = try ValueLookup(query, opened, in: self, txn) { return try lookup.run(query, in: txn, body) }
        return try answerByPlan(query, opened, in: txn, body)
    }

    /// Answers any query, also those that `ValueLookup` takes.
    func answerByPlan(
        _ query: Query, _ opened: OpenedTable, in txn: borrowing ReadTransaction, _ body: QueryExecution.Body
    ) throws -> Int {
        let plan = try plan(query, opened.table, in: txn)
        // A database that is opened for the first time runs the transaction again: open all before the first record
        // goes out.
        let databases = try plan.steps.map { try database(of: $0, opened.record, in: txn) }
        var execution = QueryExecution(query, plan, opened, databases: databases)
        return try execution.run(in: txn, body)
    }

    /// How a query would be answered now; throws what the query would throw before its first record.
    @available(*, noasync)
    public func explain(_ query: Query, table: String) throws -> QueryExplanation {
        try read { txn in try explain(query, table: table, in: txn) }
    }

    /// As `explain(_:table:)`, at the snapshot of a transaction of the caller's.
    public func explain(
        _ query: Query, table: String, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> QueryExplanation {
        let opened = try view(in: txn).table(table, in: self, txn)
        let table = opened.record
        var plan = try plan(query, opened.table, in: txn)
        for place in plan.steps.indices {
            let step = plan.steps[place]
            plan.steps[place].estimate = try estimate(step, table, in: txn, countMax: Self.explainCountMax)
        }
        return QueryExplanation(query, plan, table)
    }

    /// Planning compares walks up to this many entries: a tenth of a millisecond each.
    private static let planCountMax = 5_000
    /// An explanation is worth some milliseconds.
    private static let explainCountMax = 100_000

    private func plan(
        _ query: Query, _ table: CatalogTable, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> QueryPlan {
        let planning = QueryPlanning(query: query, table: table.record, indexes: table.indexes)
        return try planning.plan { try estimate($0, table.record, in: txn, countMax: Self.planCountMax) }
    }

    /// Exact up to `countMax`; beyond it, half way between that and all entries of the source.
    private func estimate(
        _ step: QueryPlan.Step, _ table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable,
        countMax: Int
    ) throws -> Int {
        let database = try database(of: step, table, in: txn)
        let total = try txn.statistics(of: database).entries
        if step.ranges == [.everything] { return total }
        let count = try StepWalk.count(step.ranges, in: database, txn, limit: countMax)
        return count < countMax ? count : (count + max(count, total)) / 2
    }

    private func database(
        of step: QueryPlan.Step, _ table: TableRecord, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Database {
        switch step.source {
        case .table: try records(of: table, in: txn)
        case .index(let use): try entries(of: use.index, use.generation, in: txn)
        }
    }
}
