public import Backfill

/// Declaring, rebuilding, stopping and dropping indexes.
extension SimulatedStore {
    /// Declares an index of a field, or finds the one that there is.
    @discardableResult
    public mutating func declareIndex(
        field: Int, isUnique: Bool = false, extractor: UInt32
    ) throws(SimulatedError) -> UInt64 {
        if let index = indexes.first(where: { $0.field == field && !$0.isDropped }) {
            guard index.isUnique == isUnique else { throw .alreadyExists }
            return index.id
        }
        lastIndex += 1
        var index = SimulatedIndex(id: lastIndex, field: field, isUnique: isUnique)
        appendGeneration(to: &index, extractor: extractor)
        indexes.append(index)
        demandsVersion += 1
        return index.id
    }

    /// Declares the next build beside the ready one; a build under way stays as it is.
    public mutating func declareRebuild(_ index: UInt64, extractor: UInt32) throws(SimulatedError) {
        let place = try live(index)
        guard indexes[place].coming == nil else { return }
        var row = indexes[place]
        appendGeneration(to: &row, extractor: extractor)
        indexes[place] = row
        demandsVersion += 1
    }

    private mutating func appendGeneration(to index: inout SimulatedIndex, extractor: UInt32) {
        let number = index.lastGeneration + 1
        index.lastGeneration = number
        index.generations.append(
            SimulatedIndex.Generation(number: number, state: .building, extractor: extractor))
        databases.append(SimulatedDatabase(index: index.id, generation: number))
    }

    /// Gives up the coming generation: a first build ends in no index at all.
    public mutating func cancelBuild(_ index: UInt64) throws(SimulatedError) {
        let place = try live(index)
        guard let coming = indexes[place].coming else { throw .wrongState }
        guard indexes[place].ready != nil else { return try dropIndex(index) }
        try indexes[place].setState(.dropping, of: coming.number)
        demandsVersion += 1
    }

    /// Drops an index in whatever state.
    public mutating func dropIndex(_ index: UInt64) throws(SimulatedError) {
        let place = try live(index)
        for generation in indexes[place].generations where generation.state != .dropping {
            try indexes[place].setState(.dropping, of: generation.number)
        }
        indexes[place].isDropped = true
        demandsVersion += 1
    }

    /// Stops the coming generation, or lets it go on.
    public mutating func setState(
        _ state: SimulatedIndex.State, ofIndex index: UInt64, generation: UInt64, reason: String? = nil
    ) throws(SimulatedError) {
        let place = try live(index)
        try indexes[place].setState(state, of: generation, blockedReason: reason)
        demandsVersion += 1
    }

    /// The place of an index that was not dropped.
    func live(_ index: UInt64) throws(SimulatedError) -> Int {
        guard let place = indexes.firstIndex(where: { $0.id == index && !$0.isDropped }) else { throw .noSuchIndex }
        return place
    }

    /// Removes at most `limit` rows of what was dropped, and what is empty then. Says whether all is clean.
    @discardableResult
    public mutating func cleanDropped(limit: Int) -> Bool {
        var budget = limit
        for place in indexes.indices.reversed() {
            guard clean(indexAt: place, &budget) else { return false }
            if indexes[place].isDropped, indexes[place].generations.isEmpty { indexes.remove(at: place) }
        }
        return true
    }

    private mutating func clean(indexAt place: Int, _ budget: inout Int) -> Bool {
        for generation in indexes[place].generations where !generation.state.takesDelta {
            let id = indexes[place].id
            guard let database = database(id, generation.number) else { continue }
            if generation.hasDelta {
                guard SimulatedStore.empty(&databases[database].delta, &budget) else { return false }
                if let at = indexes[place].generations.firstIndex(where: { $0.number == generation.number }) {
                    indexes[place].generations[at].hasDelta = false
                }
            }
            guard generation.state == .dropping else { continue }
            badRecords.removeAll { $0.index == id && $0.generation == generation.number }
            sharedKeys.removeAll { $0.index == id && $0.generation == generation.number }
            guard SimulatedStore.empty(&databases[database].entries, &budget) else { return false }
            databases.remove(at: database)
            indexes[place].generations.removeAll { $0.number == generation.number }
        }
        return true
    }

    private static func empty<Row>(_ rows: inout [Row], _ budget: inout Int) -> Bool {
        let count = min(budget, rows.count)
        rows.removeFirst(count)
        budget -= count
        return rows.isEmpty
    }

    /// What the catalog wants built.
    public func demands() -> [Demand] {
        indexes.compactMap { index in
            guard let coming = index.coming else { return nil }
            let state: Demand.State
            switch coming.state {
            case .building: state = .building
            case .paused: state = .paused
            case .blocked:
                let open = openBadRecordsCount(index.id, generation: coming.number)
                state = .blocked(badRecords: UInt64(open) + (hasSharedKey(index, coming.number) ? 1 : 0))
            case .ready, .dropping: return nil
            }
            return Demand(
                table: SimulatedStore.table, index: index.jobIndex(coming.number), state: state,
                records: UInt64(records.count), extractorVersion: coming.extractor)
        }
    }
}
