internal import Backfill

/// The beginning, and the end of all faults.
extension Cluster {
    func setUp() {
        note("seed \(plan.seed): \(plan)")
        importRecords()
        choosePrograms()
        rewindTrap()
        for slot in workers.indices { after(dice.within(1...20_000), .startWorker(slot: slot, number: 0)) }
        for slot in coordinators.indices {
            after(dice.within(1...40_000), .startCoordinator(slot: slot, number: 0))
        }
        for number in 0..<plan.indexes {
            let field = (number + Int(plan.seed % 4)) % SimulatedRecord.fieldCount
            // Together, so that one scan serves them, or one after the other.
            let delay = dice.chance(500) ? 0 : dice.below(plan.safetyMillis * 500)
            after(1_000 + delay, .order(number: 1_000 + field))
        }
        if plan.indexes > 1 { moments.count(.jobOfSeveralIndexes) }
        after(500 + dice.below(plan.writeGapMicros), .write(number: 0))
        after(dice.below(50_000), .query)
        after(dice.below(plan.operatorGapMicros), .order(number: 0))
        after(dice.below(plan.strikeGapMicros), .strike)
        if has(.rollingUpgrade) { scheduleUpgrade() }
    }

    private func importRecords() {
        var keys: [UInt32] = (0..<UInt32(plan.keySpace)).map { $0 }
        keys.shuffle(using: &dice)
        let collides = uniqueDice.chance(500)
        var rows: [(key: UInt32, record: SimulatedRecord)] = []
        for key in keys.prefix(plan.records) {
            var record = drawRecord(collides: collides)
            if has(.malformedRecords), dice.chance(40) {
                record.set(field: dice.below(SimulatedRecord.fieldCount), keys: 0, isMalformed: true)
            }
            if has(.deadlyRecords), dice.chance(15) {
                record.set(field: dice.below(SimulatedRecord.fieldCount), keys: 1, isDeadly: true)
            }
            rows.append((key, record))
            model.put(RecordRow(key: key, record: record))
        }
        store.importRecords(rows)
        model = store.records
        importedRecords = store.records
    }

    private func choosePrograms() {
        let count = plan.workers + plan.coordinators
        programs = Array(repeating: .current, count: count)
        if has(.mixedVersions) {
            moments.count(.versionsMixed)
            for place in programs.indices where dice.chance(300) { programs[place] = dice.one(of: Program.others) }
        }
    }

    /// Process by process, in any order, to the next version.
    private func scheduleUpgrade() {
        finalProgram = dice.one(of: Program.others)
        for place in programs.indices {
            after(dice.below(plan.safetyMillis * 1_000), .order(number: 2_000 + place))
        }
    }

    func upgrade(_ place: Int) {
        programs[place] = finalProgram
        note("process \(place) is upgraded to \(finalProgram.name)")
        if place < plan.workers {
            guard let worker = workers[place] else { return }
            worker.mail.append(.stop)
            after(1, .ended(worker.life, work: -1))
        } else if let process = coordinators[place - plan.workers] {
            process.isStopping = true
            if process.core == nil { end(process) } else { schedule(process, at: now + 1) }
        }
    }

    /// Orders of the plan: declarations and upgrades are orders with numbers of their own.
    func isPlanned(_ number: Int) -> Bool {
        if number >= 2_000 {
            upgrade(number - 2_000)
            return true
        }
        guard number >= 1_000 else { return false }
        declare(number - 1_000, programs[dice.below(programs.count)].extractor)
        return true
    }

    /// Faults stop; every job has to reach its end, and then, once what blocks it is mended, readiness.
    func runLivenessPhase() {
        note("FAULTS STOP")
        stopFaults()
        runUntil(now + Int64(dice.below(400_000)))
        let start = now
        waitUntil { self.hasEnded($0) }
        reportUnended(since: start)
        // What is mended may let a build go on to the next thing that blocks it.
        var again = now
        for _ in 0..<Cluster.mendingRounds where violation == nil && store.indexes.contains(where: { $0.coming != nil })
        {
            mend()
            again = now
            waitUntil { self.hasEnded($0) }
            reportUnended(since: again)
        }
        for index in store.indexes where !index.isDropped && index.coming != nil && violation == nil {
            fail(
                EveryJobEnds.name,
                "index \(index.id) is not ready \((now - again) / 1_000) ms after everything was mended: "
                    + EveryJobEnds.describe(index, store))
        }
    }

    /// Ranges given up, then bad records in them, then shared keys, then what came meanwhile.
    private static let mendingRounds = 5

    private func stopFaults() {
        if has(.rollingUpgrade) { moments.count(.upgradeFinished) }
        isFaulty = false
        isFull = false
        endPartition()
        for place in programs.indices where programs[place] != finalProgram {
            upgrade(place)
        }
        for case let worker? in workers {
            wake(worker)
            if worker.link == nil, let listener {
                after(20_000, .connected(worker: worker.life, coordinator: listener))
            }
        }
        for case let process? in coordinators { wake(process) }
        for index in store.indexes where !index.isDropped {
            recreateIfStrange(index)
            resume(index)
        }
    }

    /// What was declared by a version that is gone has one way out: drop it and declare it again.
    private func recreateIfStrange(_ index: SimulatedIndex) {
        let live = index.generations.filter { $0.state != .dropping }
        guard live.contains(where: { $0.extractor != finalProgram.extractor }) else { return }
        order("drops index \(index.id), of another version") { store throws(SimulatedError) in
            try store.dropIndex(index.id)
        }
        declare(index.field, finalProgram.extractor)
    }

    /// Ready, or blocked with a reason.
    private func hasEnded(_ index: SimulatedIndex) -> Bool {
        guard let coming = index.coming else { return true }
        if healsByItself(index), store.isMended(index, coming.number) { return false }
        return coming.state == .blocked && coming.blockedReason?.isEmpty == false
    }

    private func waitUntil(_ isDone: (SimulatedIndex) -> Bool) {
        let end = now + Plan.livenessMillis * 1_000
        var step: Int64 = 50_000
        while violation == nil, now < end {
            if store.indexes.allSatisfy({ $0.isDropped || isDone($0) }) { return }
            runUntil(now + step)
            step = min(step * 2, 1_000_000)
        }
    }

    private func reportUnended(since start: Int64) {
        for index in store.indexes where !index.isDropped && !hasEnded(index) && violation == nil {
            fail(
                EveryJobEnds.name,
                "index \(index.id) has not ended \((now - start) / 1_000) ms after the last fault: "
                    + EveryJobEnds.describe(index, store))
        }
    }

    /// Rewrites every record that cannot be indexed, or waives it, and lets what is blocked go on.
    private func mend() {
        for index in store.indexes where index.coming?.state == .blocked { buildsEnded += 1 }
        while let bad = store.badRecords.first(where: { row in
            !row.isWaived && store.indexes.contains { $0.id == row.index && !$0.isDropped }
        }) {
            let before = store.badRecords
            if dice.chance(300) {
                healOne(isWaived: true)
            } else {
                moments.count(.badRecordHealed)
                rewrite(bad.key)
            }
            if store.badRecords == before { break }
        }
        for row in store.records where row.record.isPoison {
            let isDeadly = (0..<SimulatedRecord.fieldCount).contains { row.record.isDeadly(field: $0) }
            if isDeadly {
                if store.indexes.contains(where: { $0.coming?.state == .blocked }) {
                    moments.count(.deadlyRecordCornered)
                }
                rewrite(row.key)
            }
        }
        partAll()
        for index in store.indexes where !index.isDropped && !healsByItself(index) { retry(index) }
    }
}
