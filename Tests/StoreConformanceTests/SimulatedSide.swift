import Backfill
import Simulation
import Values

/// The simulation's store.
struct SimulatedSide: Side {
    var store = SimulatedStore()
    /// Ids of all indexes ever declared.
    var indexes: [UInt64] = []
    /// The version whose rules take the keys as they stand, as the real store's extractor does.
    private static let extractor = UInt32(SimulatedRecord.keyCount)

    mutating func perform(_ operation: Operation) throws -> String {
        do {
            return try take(operation)
        } catch let error as SimulatedError {
            return "\(error)"
        }
    }

    private mutating func take(_ operation: Operation) throws -> String {
        switch operation {
        case .write(let changes):
            return try store.write { (store) throws(SimulatedError) in
                var words: [String] = []
                for change in changes {
                    switch change {
                    case .put(let key, let record): try store.put(key, record, extractor: Self.extractor)
                    case .delete(let key): words.append("\(try store.delete(key, extractor: Self.extractor))")
                    }
                }
                return "written \(words)"
            }
        case .declare(let field, let isUnique):
            let id = try store.write { (store) throws(SimulatedError) in
                try store.declareIndex(field: field, isUnique: isUnique, extractor: Self.extractor)
            }
            if !indexes.contains(id) { indexes.append(id) }
            return "index \(indexes.firstIndex(of: id) ?? -1)"
        case .takeOffice:
            return "epoch \(store.takeOffice(Nonce(high: 0, low: 9)).epoch)"
        case .clean: return "\(store.cleanDropped(limit: 100_000))"
        case .publish, .removeJob: return try coordinate(operation)
        case .commit, .commitBad, .commitBlocked: return try coordinate(operation)
        default: return try build(operation)
        }
    }

    private mutating func coordinate(_ operation: Operation) throws -> String {
        let current = store.office?.epoch ?? 0
        switch operation {
        case .publish(let job, let isCurrent):
            let epoch = isCurrent ? current : current + 1
            let outcome = try store.write { (store) throws(SimulatedError) in
                try store.publish(job: job, place: 0, epoch: epoch, extractor: Self.extractor, deltaMax: 5_000)
            }
            return line(of: outcome)
        case .removeJob(let job, let isCurrent):
            let epoch = isCurrent ? current : current + 1
            var isMore = true
            while isMore {
                isMore = try store.write { (store) throws(SimulatedError) in
                    try store.removeSome(ofJob: job, epoch: epoch, limit: 500)
                }
            }
            return "removed"
        case .commit(let place, let rows, let isCurrent):
            guard let name = name(place) else { return "none" }
            try commit(
                rows.writes(table: SimulatedStore.table, index: name, epoch: current, cut: PrimaryKeys.key(4)),
                epoch: isCurrent ? current : current + 1)
        case .commitBad(let place, let keys):
            guard let name = name(place) else { return "none" }
            let bad = keys.map { BadRecord(index: 0, primaryKey: PrimaryKeys.key($0), error: "e") }
            try commit([.badRecords(table: SimulatedStore.table, index: name, bad)], epoch: current)
        case .commitBlocked(let place, let reason):
            guard let name = name(place) else { return "none" }
            try commit([.blocked(table: SimulatedStore.table, index: name, reason: reason)], epoch: current)
        default: break
        }
        return "committed"
    }

    private mutating func commit(_ writes: [LedgerWrite], epoch: Epoch) throws {
        try store.write { (store) throws(SimulatedError) in try store.commit(writes, epoch: epoch) }
    }

    /// The newest generation of an index as the core names it, dropped or not.
    private func name(_ place: Int) -> JobIndex? {
        guard indexes.indices.contains(place) else { return nil }
        let index = store.indexes.first { $0.id == indexes[place] }
        return index.map { $0.jobIndex($0.coming?.number ?? $0.lastGeneration) }
    }

    private mutating func build(_ operation: Operation) throws -> String {
        guard let place = operation.index, let name = name(place) else { return "none" }
        let (index, generation) = (name.index, name.generation)
        return try store.write { (store) throws(SimulatedError) in
            switch operation {
            case .rebuild: try store.declareRebuild(index, extractor: Self.extractor)
            case .cancel: try store.cancelBuild(index)
            case .drop: try store.dropIndex(index)
            case .setState(_, let state):
                let reason = state == .blocked ? "told" : nil
                try store.setState(state, ofIndex: index, generation: generation, reason: reason)
            case .append(_, let count, let isInOrder):
                guard store.indexes.contains(where: { $0.id == index && $0.coming != nil }) else { return "no build" }
                let entries = SimulatedSide.next(count, isInOrder, index, generation, store)
                try store.append(entries[...], index: index, generation: generation)
                return "appended \(entries.count)"
            case .removeEntries:
                guard store.indexes.contains(where: { $0.id == index && $0.coming != nil }) else { return "no build" }
                return "\(try store.removeEntries(index: index, generation: generation, limit: 1_000))"
            case .drain(_, let limit):
                let outcome = try store.drain(index: index, generation: generation, limit: limit)
                return "drained \(outcome.applied), left \(outcome.remaining)"
            case .noteSharedKeys:
                guard let row = store.indexes.first(where: { $0.id == index && $0.coming != nil }), row.isUnique
                else { return "no build" }
                var finder = SharedKeyFinder()
                for entry in store.entries(index: index, generation: generation) ?? [] { finder.take(entry) }
                let found = finder.takeFound()
                try store.noteSharedKeys(found, index: index, generation: generation)
                return "noted \(found.count)"
            case .recordBad(_, let key):
                return "\(try store.recordBad(index: index, generation: generation, key: key))"
            case .waive(_, let key):
                try store.waiveBad(index: index, generation: generation, key: key)
            default: break
            }
            return "done"
        }
    }

    /// What a loader appends next; with a mistake in the order, the last entry again.
    private static func next(
        _ count: Int, _ isInOrder: Bool, _ index: UInt64, _ generation: UInt64, _ store: SimulatedStore
    ) -> [SimulatedEntry] {
        let last = store.entries(index: index, generation: generation)?.last
        if !isInOrder, let last { return [last] }
        let field = store.indexes.first { $0.id == index }?.field ?? 0
        let all = store.records.flatMap { row in
            let keys = row.record.indexKeys(ofField: field, extractor: 0) ?? 0
            return (0..<SimulatedRecord.keyCount).filter { keys >> UInt16($0) & 1 == 1 }
                .map { SimulatedEntry(key: $0, primaryKey: row.key) }
        }
        return Array(all.sorted().filter { entry in last.map { entry > $0 } ?? true }.prefix(count))
    }

    func lines() throws -> [String] {
        var lines = store.records.map { "record \($0.key) \($0.record.bits)" }
        for (place, id) in indexes.enumerated() {
            guard let index = store.indexes.first(where: { $0.id == id }) else {
                lines.append("index \(place) is gone")
                continue
            }
            lines.append("index \(place)\(index.isDropped ? " dropped" : ""), last \(index.lastGeneration)")
            for generation in index.generations {
                let number = generation.number
                lines.append(
                    "generation \(number) \(generation.state.rawValue) delta \(generation.hasDelta) "
                        + (generation.blockedReason ?? "-"))
                lines.append("entries \((store.entries(index: id, generation: number) ?? []).map(\.description))")
                let delta = store.delta(index: id, generation: number) ?? []
                lines.append("delta \(delta.map { "\($0.isPresent ? "+" : "-")\($0.entry)" })")
                let bad = store.badRecords.filter { $0.index == id && $0.generation == number }
                lines.append("bad \(bad.map { "\($0.key)\($0.isWaived ? " waived" : "")" })")
                let suspects = store.sharedKeys.filter { $0.index == id && $0.generation == number }
                lines.append("suspects \(suspects.map { "k\($0.key)" })")
                let shared = index.isUnique ? store.sharedKeys(of: index, number) : []
                let holders = shared.map { store.holders(ofKey: $0, of: index, number).map { "\($0)" }.sorted() }
                lines.append("shared \(holders)")
            }
        }
        lines += store.demands().map { demand in
            let place = indexes.firstIndex(of: demand.index.index) ?? -1
            return "demand \(place)/\(demand.index.generation) \(demand.state) of \(demand.records)"
        }.sorted()
        lines.append("office \(store.office?.epoch ?? 0), next job \(store.office?.nextJob ?? 1)")
        return lines + (try store.images().map(line(of:)))
    }
}

extension Operation {
    /// The index that it is about.
    var index: Int? {
        switch self {
        case .rebuild(let place), .cancel(let place), .drop(let place), .setState(let place, _): place
        case .append(let place, _, _), .removeEntries(let place), .drain(let place, _): place
        case .recordBad(let place, _), .waive(let place, _), .noteSharedKeys(let place): place
        case .commit(let place, _, _), .commitBad(let place, _), .commitBlocked(let place, _): place
        case .write, .declare, .takeOffice, .publish, .clean, .removeJob: nil
        }
    }
}
