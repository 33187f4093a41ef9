internal import Backfill

/// Operators, who give orders at the worst moments.
extension Cluster {
    /// Moments at which an order, or a fault, does the most harm.
    enum WorstMoment {
        case grant
        case load
        case publish
    }

    func strikeAtWorstMoment(_ moment: WorstMoment) {
        guard isFaulty else { return }
        let share = moment == .publish ? 60 : 15
        if has(.operators), dice.chance(share) { orderOnce() }
        if has(.hastyPublishing), moment != .publish, dice.chance(100) { publishHastily() }
        if has(.runDamage), moment == .publish, dice.chance(200) { damageRun() }
        if has(.writers), dice.chance(200) { writeOnce() }
        if has(.stops), dice.chance(share / 2) {
            if moment == .publish, let process = coordinators.compactMap({ $0 }).first { stop(process) }
            if moment == .load, let worker = loaderAtWork { stop(worker) }
        }
        if has(.kills), moment == .load, dice.chance(share), let worker = loaderAtWork {
            kill(worker)
        }
    }

    private var loaderAtWork: SimulatedWorker? {
        workers.compactMap { $0 }.first { worker in
            if case .load? = worker.current?.grant.lease.item { true } else { false }
        }
    }

    func operatorOrders(_ number: Int) {
        if isPlanned(number) { return }
        guard has(.operators) else { return }
        orderOnce()
        after(1 + dice.below(2 * plan.operatorGapMicros), .order(number: number))
    }

    func orderOnce() {
        let live = store.indexes.filter { !$0.isDropped }
        let extractor = programs[dice.below(programs.count)].extractor
        guard !live.isEmpty else { return declare(dice.below(SimulatedRecord.fieldCount), extractor) }
        let index = dice.one(of: live)
        switch dice.below(16) {
        case 0: declare(dice.below(SimulatedRecord.fieldCount), extractor)
        case 1: drop(index)
        case 2:
            drop(index)
            declare(index.field, extractor)
            moments.count(.indexRecreated)
        case 3, 4, 5: pause(index)
        case 6, 7, 8, 9: resume(index)
        case 10: cancel(index)
        case 11, 12: rebuild(index, extractor)
        case 13, 14: healOne(isWaived: dice.chance(500))
        default: if !partOne(of: index) { retry(index) }
        }
    }

    /// One order: a transaction that says what it did, or why not.
    func order(_ words: String, _ body: (inout SimulatedStore) throws(SimulatedError) -> Void) {
        do {
            try transact(.operators, body)
            note("an operator: \(words)")
        } catch {
            rewindTrap()
            note("an operator cannot: \(words): \(error)")
        }
    }

    func declare(_ field: Int, _ extractor: UInt32) {
        let isUnique = plan.uniqueFields.contains(field)
        order("declares \(isUnique ? "a unique" : "an") index of field \(field)") { store throws(SimulatedError) in
            try store.declareIndex(field: field, isUnique: isUnique, extractor: extractor)
        }
    }

    private func drop(_ index: SimulatedIndex) {
        order("drops index \(index.id)") { store throws(SimulatedError) in try store.dropIndex(index.id) }
        if workers.contains(where: { if case .load? = $0?.current?.grant.lease.item { true } else { false } }) {
            moments.count(.indexDroppedInLoad)
        }
        if workers.contains(where: { if case .scan? = $0?.current?.grant.lease.item { true } else { false } }) {
            moments.count(.indexDroppedInScan)
        }
    }

    private func pause(_ index: SimulatedIndex) {
        guard let coming = index.coming else { return }
        if loaderAtWork != nil { moments.count(.indexPausedInLoad) }
        order("pauses index \(index.id)") { store throws(SimulatedError) in
            try store.setState(.paused, ofIndex: index.id, generation: coming.number)
        }
    }

    func resume(_ index: SimulatedIndex) {
        guard let coming = index.coming, coming.state == .paused else { return }
        order("resumes index \(index.id)") { store throws(SimulatedError) in
            try store.setState(.building, ofIndex: index.id, generation: coming.number)
        }
    }

    func retry(_ index: SimulatedIndex) {
        guard let coming = index.coming, coming.state == .blocked else { return }
        order("lets index \(index.id) go on") { store throws(SimulatedError) in
            try store.setState(.building, ofIndex: index.id, generation: coming.number)
        }
    }

    private func cancel(_ index: SimulatedIndex) {
        guard index.coming != nil else { return }
        order("cancels the build of index \(index.id)") { store throws(SimulatedError) in
            try store.cancelBuild(index.id)
        }
        moments.count(.buildCancelled)
    }

    func rebuild(_ index: SimulatedIndex, _ extractor: UInt32) {
        order("rebuilds index \(index.id)") { store throws(SimulatedError) in
            try store.declareRebuild(index.id, extractor: extractor)
        }
    }

    /// Rewrites, deletes or waives one bad record.
    func healOne(isWaived: Bool) {
        guard let bad = store.badRecords.first(where: { !$0.isWaived }) else { return }
        if isWaived {
            moments.count(.badRecordWaived)
            return order("waives record \(bad.key) of index \(bad.index)") { store throws(SimulatedError) in
                try store.waiveBad(index: bad.index, generation: bad.generation, key: bad.key)
            }
        }
        moments.count(.badRecordHealed)
        rewrite(bad.key)
    }

    /// Rewrites a record so that every index can hold it, or deletes it.
    func rewrite(_ key: UInt32) {
        let record = dice.chance(700) ? drawRecord(collides: false) : nil
        let extractor = store.indexes.first { !$0.isDropped }?.generations.last?.extractor ?? finalProgram.extractor
        var records = model
        if let record { records.put(RecordRow(key: key, record: record)) } else { records.delete(UInt64(key)) }
        do {
            try transact(.operators, changing: records) { store throws(SimulatedError) in
                if let record {
                    try store.put(key, record, extractor: extractor)
                } else {
                    try store.delete(key, extractor: extractor)
                }
            }
            note("an operator \(record == nil ? "deletes" : "rewrites") record \(key)")
        } catch {
            rewindTrap()
            note("an operator cannot rewrite record \(key): \(error)")
        }
    }
}
