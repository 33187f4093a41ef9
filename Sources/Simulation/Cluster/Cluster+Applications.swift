internal import Backfill

/// Applications: they write records through every phase, and ask queries that must be answered whole or refused.
extension Cluster {
    enum Write {
        case put(UInt32, SimulatedRecord)
        case delete(UInt32)
    }

    func applicationWrites(_ number: Int) {
        guard has(.writers) else { return }
        writeOnce()
        after(1 + dice.below(2 * plan.writeGapMicros), .write(number: number))
    }

    /// Writers at full speed, for the moment of publishing.
    func writeBurst() {
        guard has(.writers), dice.chance(500) else { return }
        for _ in 0..<dice.within(1...6) { after(1 + dice.below(plan.stepMicros), .write(number: -1)) }
    }

    /// One transaction of one or several writes; sometimes several of them to one record.
    func writeOnce() {
        var writes: [Write] = []
        var key = UInt32(dice.below(plan.keySpace))
        for _ in 0..<(dice.chance(300) ? dice.within(2...4) : 1) {
            writes.append(drawWrite(key))
            if dice.chance(500) { key = UInt32(dice.below(plan.keySpace)) }
        }
        let program = programs[dice.below(programs.count)]
        var records = model
        for write in writes {
            switch write {
            case .put(let key, let record): records.put(RecordRow(key: key, record: record))
            case .delete(let key): records.delete(UInt64(key))
            }
        }
        let before = store
        do {
            try transact(.application, changing: records) { store throws(SimulatedError) in
                for write in writes {
                    switch write {
                    case .put(let key, let record): try store.put(key, record, extractor: program.extractor)
                    case .delete(let key): try store.delete(key, extractor: program.extractor)
                    }
                }
            }
            noteWrites(writes)
        } catch {
            if error == .uniqueViolation {
                checkRefusal(writes, extractor: program.extractor, before)
            } else {
                moments.count(.writeRefused)
            }
            rewindTrap()
            note("an application's write fails: \(error)")
        }
    }

    private func drawWrite(_ key: UInt32) -> Write {
        let current = model.row(at: UInt64(key))?.record
        switch dice.below(10) {
        case 0, 1, 2: return .delete(key)
        // The same record again: nothing changes, and everything must be said anew while an index is being built.
        case 3, 4: return .put(key, current.map { $0.isPoison ? drawRecord() : $0 } ?? drawRecord())
        default: return .put(key, drawRecord())
        }
    }

    private func noteWrites(_ writes: [Write]) {
        var keys: [UInt32] = []
        for write in writes {
            switch write {
            case .put(let key, let record):
                note("an application puts record \(key): \(record.bits)")
                keys.append(key)
            case .delete(let key):
                note("an application deletes record \(key)")
                keys.append(key)
            }
        }
        if keys.count > 1, keys[0] == keys[1] { moments.count(.recordWrittenTwiceInOneTransaction) }
        let isScanned = store.jobs.contains { $0.row.state == .open && $0.ranges.contains { $0.state == .scanned } }
        if isScanned { moments.count(.scannedRecordRewritten) }
    }

    /// A record that every index can hold.
    func drawRecord(collides: Bool = true) -> SimulatedRecord {
        var record = SimulatedRecord()
        for field in 0..<SimulatedRecord.fieldCount {
            record.set(field: field, keys: drawKeys())
        }
        setUniqueFields(&record, collides: collides)
        return record
    }

    private func drawKeys() -> UInt16 {
        switch dice.below(8) {
        case 0: 0
        case 1, 2: 1 << UInt16(dice.below(SimulatedRecord.keyCount)) | 1 << UInt16(dice.below(SimulatedRecord.keyCount))
        case 3: UInt16(dice.below(1 << SimulatedRecord.keyCount))
        default: 1 << UInt16(dice.below(SimulatedRecord.keyCount))
        }
    }

    func applicationQueries() {
        checkAnswers("a query")
        if isFaulty { after(1 + dice.below(100_000), .query) }
    }

    /// Asks every index for everything, and compares with the records at the same snapshot.
    func checkAnswers(_ occasion: String) {
        let versions: [UInt32] = programs.map(\.extractor)
        for index in store.indexes where !index.isDropped {
            for version in Set(versions).sorted() {
                let answer = QueriesAreComplete.check(index, store, model, extractor: version, weaknesses)
                switch answer {
                case .refused: moments.count(.queryRefused)
                case .complete: moments.count(.queryAnswered)
                case .wrong(let message): fail(QueriesAreComplete.name, "\(occasion): \(message)")
                }
            }
        }
    }
}
