internal import LMDB
internal import Values

/// Carries out a plan in the transaction in which it was made.
///
/// Every record that the steps reach is tested against the whole predicate. A record that several entries lead to
/// (arrays, several steps) is taken at the first of them only: `EntryRank` finds out from the record itself which one
/// that is, so nothing is remembered of what was handed out before, however long the answer is.
struct QueryExecution {
    /// Takes a row; false stops the query.
    typealias Body = (borrowing QueryRow) throws -> Bool

    private let query: Query
    private let plan: QueryPlan
    private let opened: OpenedTable
    /// One for each step.
    private let databases: [Database]
    private let test: RecordTest?
    private var reader: RecordReader
    private var rank: EntryRank
    private var skipped = 0
    private var delivered = 0
    private var isStopped = false

    init(_ query: Query, _ plan: QueryPlan, _ opened: OpenedTable, databases: [Database]) {
        self.query = query
        self.plan = plan
        self.opened = opened
        self.databases = databases
        test = query.predicate.map(RecordTest.init)
        reader = RecordReader(of: opened.record)
        rank = EntryRank(of: plan, opened.record)
    }

    /// Hands the records of the answer to `body`, in order; returns how many.
    mutating func run(in txn: borrowing some ReadableTransaction & ~Copyable, _ body: Body) throws -> Int {
        guard query.limit != 0 else { return 0 }
        switch plan.delivery {
        case .asFound(let isDescending):
            try walk(isDescending: isDescending, txn) { run, primaryKey, record in
                try run.deliver(primaryKey, record, body)
            }
        case .sorted(let order):
            try deliverSorted(order, txn, body)
        case .inIndexOrder(let order, let hasTail):
            try deliverInIndexOrder(order, txn, body)
            if hasTail, !isStopped { try deliverTail(order, txn, body) }
        }
        return delivered
    }

    // MARK: Ways out

    private mutating func deliver(_ primaryKey: RawSpan, _ record: RawSpan, _ body: Body) throws -> Bool {
        if skipped < query.offset {
            skipped += 1
            return true
        }
        let goesOn = try whole(primaryKey, record) { record in
            try primaryKey.withUnsafeBytes { key in
                try record.withUnsafeBytes { value in
                    try body(QueryRow(key: key, value: value, format: opened.record.format, select: query.select))
                }
            }
        }
        delivered += 1
        isStopped = !goesOn || delivered == query.limit
        return !isStopped
    }

    private mutating func deliverSorted(
        _ order: Query.Order, _ txn: borrowing some ReadableTransaction & ~Copyable, _ body: Body
    ) throws {
        var sorter = RowSorter(isDescending: order.isDescending, rowsMax: query.rowsMax)
        try walk(isDescending: false, txn) { run, primaryKey, record in
            let sortKey = try run.sortKey(order, primaryKey, record)
            try sorter.add(RowSorter.Row(sortKey: sortKey, primaryKey: primaryKey.copied))
            return true
        }
        try deliver(sorter.sorted(), txn, body)
    }

    private mutating func deliver(
        _ rows: [RowSorter.Row], _ txn: borrowing some ReadableTransaction & ~Copyable, _ body: Body
    ) throws {
        for row in rows where !isStopped {
            let key = row.primaryKey.span.bytes
            let found = try txn.withValue(of: key, in: opened.records) { try deliver(key, $0, body) }
            if found == nil { throw opened.dangling(row.primaryKey) }
        }
    }

    /// Entries whose keys were cut do not tell their order: records of one cut key, or of one beginning of long primary
    /// keys, are gathered and sorted by what was cut off.
    private mutating func deliverInIndexOrder(
        _ order: Query.Order, _ txn: borrowing some ReadableTransaction & ~Copyable, _ body: Body
    ) throws {
        guard let step = plan.steps.first, let index = step.index else { return }
        var group = CutGroup(components: index.fields.count, isDescending: order.isDescending)
        let direction: StepWalk.Direction =
            order.isDescending ? .backwardByIndexKey(components: index.fields.count) : .forward
        let goesOn = try StepWalk.visit(step.ranges, direction, in: databases[0], txn) { entry, _ in
            let membership = try group.membership(of: entry)
            if membership != .current {
                let rows = group.close()
                try self.deliver(rows, txn, body)
                if self.isStopped { return false }
            }
            return try self.resolve(entry, step: 0, txn) { run, primaryKey, record in
                if membership == .none { return try run.deliver(primaryKey, record, body) }
                let sortKey = try run.sortKey(order, primaryKey, record)
                group.add(RowSorter.Row(sortKey: sortKey, primaryKey: primaryKey.copied))
                return true
            }
        }
        if goesOn { try deliver(group.close(), txn, body) }
    }

    /// The records without a value to sort by, by primary key.
    private mutating func deliverTail(
        _ order: Query.Order, _ txn: borrowing some ReadableTransaction & ~Copyable, _ body: Body
    ) throws {
        _ = try StepWalk.forward([.everything], in: opened.records, txn) { key, record in
            guard try self.sortKey(order, key, record) == nil else { return true }
            return try self.deliver(key, record, body)
        }
    }

    private mutating func sortKey(
        _ order: Query.Order, _ primaryKey: RawSpan, _ record: RawSpan
    ) throws -> [UInt8]? {
        try reader.read(primaryKey, record) { try $0.sortKey(order) }
    }

    // MARK: From steps to records

    /// Takes a record of the answer; false stops the walk.
    private typealias Take = (inout QueryExecution, _ primaryKey: RawSpan, _ record: RawSpan) throws -> Bool

    /// Walks all steps and hands each record that matches to `take`, once.
    private mutating func walk(
        isDescending: Bool, _ txn: borrowing some ReadableTransaction & ~Copyable, _ take: Take
    ) throws {
        for (number, step) in plan.steps.enumerated() {
            let goesOn = try StepWalk.visit(
                step.ranges, isDescending ? .backward : .forward, in: databases[number], txn
            ) { key, value in
                step.isTable
                    ? try self.consider(key, value, take)
                    : try self.resolve(key, step: number, txn, take)
            }
            if !goesOn { return }
        }
    }

    private mutating func consider(_ primaryKey: RawSpan, _ record: RawSpan, _ take: Take) throws -> Bool {
        guard try matches(primaryKey, record) else { return true }
        return try take(&self, primaryKey, record)
    }

    /// Reads the record behind an entry and hands it on if it matches and no earlier entry led to it.
    private mutating func resolve(
        _ entry: RawSpan, step: Int, _ txn: borrowing some ReadableTransaction & ~Copyable, _ take: Take
    ) throws -> Bool {
        let (offset, isCut) = try rank.primaryKey(in: entry, step: step)
        let keyPart = entry.extracting(offset..<entry.byteCount)
        return try opened.withRecord(behind: keyPart, isCut: isCut, in: txn) { primaryKey, record in
            try accept(entry, step: step, primaryKey, record, take)
        }
    }

    private mutating func accept(
        _ entry: RawSpan, step: Int, _ primaryKey: RawSpan, _ record: RawSpan, _ take: Take
    ) throws -> Bool {
        guard try matches(primaryKey, record) else { return true }
        guard try rank.isFirst(entry, step: step, primaryKey, record, &reader) else { return true }
        return try take(&self, primaryKey, record)
    }

    private mutating func matches(_ primaryKey: RawSpan, _ record: RawSpan) throws -> Bool {
        guard let test else { return true }
        do {
            return try reader.read(primaryKey, record) { try test.matches($0) }
        } catch let error as RecordError {
            throw opened.unreadable(primaryKey, error)
        }
    }

    private func whole<R>(_ primaryKey: RawSpan, _ record: RawSpan, _ body: (RawSpan) throws -> R) throws -> R {
        guard let rawKeys = opened.record.rawKeys else { return try body(record) }
        var whole: [UInt8] = []
        do {
            try rawKeys.appendRecord(key: primaryKey, value: record, format: opened.record.format, to: &whole)
        } catch {
            throw opened.unreadable(primaryKey, error)
        }
        return try body(whole.span.bytes)
    }
}

extension Query {
    /// Offset and limit together; nil without a limit, or when there are not so many records in the world.
    fileprivate var rowsMax: Int? {
        guard let (sum, isOver) = limit?.addingReportingOverflow(offset) else { return nil }
        return isOver ? nil : sum
    }
}
