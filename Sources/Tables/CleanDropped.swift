public import LMDB

/// What one step of cleaning did.
public struct CleanOutcome: Hashable, Sendable {
    /// Rows that were removed.
    public var removed: Int
    /// Whether nothing is left to clean.
    public var isDone: Bool
}

extension Store {
    /// Cleans away everything that was dropped, in transactions of at most `limit` rows each; returns how many rows.
    ///
    /// Between two of them it lets writers that wait go first, for at most as long as `giveWayMicros`.
    @available(*, noasync)
    @discardableResult
    public func cleanDropped(limit: Int = 10_000, giveWayMicros: Int = 1_000) throws -> Int {
        var removed = 0
        while true {
            let step = try environment.writeAsLoader(passingShutGate: true) { try cleanDropped(limit: limit, in: $0) }
            removed += step.removed
            if step.isDone { return removed }
            environment.giveWay(atMostMicroseconds: giveWayMicros)
        }
    }

    /// One step: removes at most `limit` rows of dropped generations, spent deltas and dropped tables.
    ///
    /// What is empty then goes with its catalog row. Only what the catalog says was dropped is ever touched.
    public func cleanDropped(limit: Int, in txn: borrowing WriteTransaction) throws -> CleanOutcome {
        let catalog = try catalog(in: txn)
        var budget = limit
        for index in catalog.droppedIndexes + catalog.indexes {
            guard try clean(index, &budget, txn) else { return CleanOutcome(removed: limit - budget, isDone: false) }
        }
        for table in catalog.droppedTables {
            // What another program wrote is let go of, and never removed.
            guard try table.isAttached || removeDatabase(table.recordsDatabase, &budget, txn) else {
                return CleanOutcome(removed: limit - budget, isDone: false)
            }
            let none: TableRecord? = nil
            try setCatalogRow(CatalogStorage.key(CatalogStorage.tablePrefix, table.id), none, in: txn)
        }
        return CleanOutcome(removed: limit - budget, isDone: true)
    }

    /// Cleans an index's dropped generations and spent deltas; false when the budget ended first.
    private func clean(_ index: IndexRecord, _ budget: inout Int, _ txn: borrowing WriteTransaction) throws -> Bool {
        var cleaned = index
        var isDone = true
        for generation in index.generations where isDone {
            isDone = try clean(generation, of: index, &cleaned, &budget, txn)
        }
        if isDone, index.droppedAt != nil {
            let none: IndexRecord? = nil
            try setCatalogRow(CatalogStorage.key(CatalogStorage.indexPrefix, index.id), none, in: txn)
            let throttle = CatalogStorage.key(CatalogStorage.throttlePrefix, index.id)
            _ = try txn.delete(throttle, in: txn.database(CatalogStorage.database))
        } else if cleaned != index {
            try save(cleaned, in: txn)
        }
        return isDone
    }

    private func clean(
        _ generation: Generation, of index: IndexRecord, _ cleaned: inout IndexRecord, _ budget: inout Int,
        _ txn: borrowing WriteTransaction
    ) throws -> Bool {
        guard !generation.state.takesDelta else { return true }
        if generation.hasDelta {
            let delta = Store.deltaDatabase(index: index.id, generation: generation.number)
            guard try removeDatabase(delta, &budget, txn) else { return false }
            cleaned.forgetDelta(of: generation.number)
        }
        guard generation.state == .dropping else { return true }
        let lists = try [txn.database(Store.badRecordsDatabase), txn.databaseIfPresent(Store.sharedKeysDatabase)]
        for list in lists.compactMap(\.self) {
            guard try removeRows(of: index, generation.number, in: list, &budget, txn) else { return false }
        }
        let entries = [Store.indexDatabase, Store.groupedDatabase].map { $0(index.id, generation.number) }
        for name in entries {
            guard try removeDatabase(name, &budget, txn) else { return false }
        }
        cleaned.generations.removeAll { $0.number == generation.number }
        return true
    }

    /// Removes a database's rows within the budget, then the empty database itself; false when rows are left.
    private func removeDatabase(
        _ name: String, _ budget: inout Int, _ txn: borrowing WriteTransaction
    ) throws -> Bool {
        guard let database = try txn.databaseIfPresent(name) else { return true }
        try txn.withWriteCursor(in: database) { cursor in
            while budget > 0, try cursor.first() {
                try cursor.deleteCurrent()
                budget -= 1
            }
        }
        guard try txn.statistics(of: database).entries == 0 else { return false }
        try txn.drop(database)
        return true
    }

    /// Removes a generation's rows from a list that all builds share; false when rows are left.
    private func removeRows(
        of index: IndexRecord, _ generation: UInt32, in list: Database, _ budget: inout Int,
        _ txn: borrowing WriteTransaction
    ) throws -> Bool {
        let prefix = BadRecordRow.prefix(index: index.id, generation: generation)
        return try txn.withWriteCursor(in: list) { cursor in
            while try cursor.seek(atOrAfter: prefix), cursor.key.starts(with: prefix) {
                guard budget > 0 else { return false }
                try cursor.deleteCurrent()
                budget -= 1
            }
            return true
        }
    }
}

extension IndexRecord {
    fileprivate mutating func forgetDelta(of number: UInt32) {
        for place in generations.indices where generations[place].number == number {
            generations[place].hasDelta = false
        }
    }
}
