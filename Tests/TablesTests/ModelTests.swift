import LMDB
import Tables
import Testing
import Values

/// Goal: whatever is written in whatever state, load + drain + publish gives exactly what a plain model says.
///
/// Method: random steps from a seed: puts, deletes, batches, scans, pauses, blocks, rebuilds, drops, cancels, cleaning,
/// in any order. The model is a dictionary of records and a few lines that derive entries from decoded values, with
/// nothing of the extractor in it. Every ready index is compared after every few steps.
@Suite struct ModelTests {
    @Test("Random writes in every state, then load, drain and publish, equal the reference model", arguments: 1...24)
    func randomRuns(seed: UInt64) throws {
        print("ModelTests seed \(seed)")
        var run = try ModelRun(seed: seed)
        for step in 0..<250 {
            try run.step()
            if step % 25 == 24 { try run.compare() }
        }
        try run.finish()
        #expect(run.seen.isSuperset(of: [.put, .delete, .batch, .scan, .publish]), "seed \(seed) reached too little")
    }
}

/// What a run did, so that a run that never did it can be told.
enum ModelStep: CaseIterable {
    case put, delete, batch, scan, pause, resume, declare, rebuild, drop, cancel, publish, clean
}

/// A database, the model of its records, and the builds under way.
struct ModelRun {
    private static let ids = 60
    private static let definitions: [IndexDefinition] = [
        IndexDefinition(fields: fields("a")), IndexDefinition(fields: fields("a"), name: "solid", indexesNulls: false),
        IndexDefinition(fields: fields("b", "a")),
    ]

    private let temporary: TemporaryStore
    private var store: Store { temporary.store }
    private var random: SeededRandom
    private var records: [Int: Value] = [:]
    /// Every other build is grouped, beginning with the first or the second.
    private let parity: UInt64
    private var builds: [UInt64: (build: BuildByHand, chunk: Int)] = [:]
    private(set) var seen: Set<ModelStep> = []

    init(seed: UInt64) throws {
        temporary = try TemporaryStore()
        random = SeededRandom(seed: seed)
        parity = seed % 2
    }

    mutating func step() throws {
        switch random.below(20) {
        case 0...6: try write([random.below(Self.ids)])
        case 7...8: try delete(random.below(Self.ids))
        case 9...10: try write((0..<random.below(8)).map { _ in random.below(Self.ids / 4) })
        case 11...14: try advance()
        case 15: try pauseOrResume()
        case 16: try declare()
        case 17: try rebuild()
        case 18: try dropOrCancel()
        default:
            seen.insert(.clean)
            try store.cleanDropped(limit: 7)
        }
    }

    /// Puts records, some ids twice and some deleted in between, in one transaction.
    private mutating func write(_ ids: [Int]) throws {
        seen.insert(ids.count == 1 ? .put : .batch)
        var (steps, after) = ([RecordOperation](), records)
        for id in ids {
            if ids.count > 1, random.below(4) == 0 {
                steps.append(.delete(key: .int(Int64(id))))
                after[id] = nil
            } else {
                let record = person(id, ("a", randomValue(elementsMax: 60)), ("b", randomValue()))
                steps.append(.put(record))
                after[id] = record
            }
        }
        try store.write { try store.apply(steps, to: "people", in: $0) }
        records = after
    }

    private mutating func delete(_ id: Int) throws {
        seen.insert(.delete)
        try store.deletePeople(id)
        records[id] = nil
    }

    private mutating func randomValue(elementsMax: Int = 5) -> Value {
        switch random.below(elementsMax == 0 ? 9 : 12) {
        case 0: return .null
        case 1: return .bool(random.below(2) == 0)
        case 2...4: return .int(Int64(random.below(5)))
        case 5: return .double(Double(random.below(5)))
        case 6: return .string(String(repeating: "x", count: random.below(3) * 150))
        case 7: return .bytes([0, UInt8(random.below(3))])
        case 8: return .map([MapEntry("inner", .int(1))])
        default:
            let count = random.below(random.below(10) == 0 ? elementsMax : 5)
            return .array((0..<count).map { _ in randomValue(elementsMax: 0) })
        }
    }

    private func indexes() throws -> [IndexRecord] { try store.read { try store.catalog(in: $0).indexes } }

    private mutating func randomIndex() throws -> IndexRecord? {
        let all = try indexes()
        return all.isEmpty ? nil : all[random.below(all.count)]
    }

    private mutating func declare() throws {
        seen.insert(.declare)
        let definition = Self.definitions[random.below(Self.definitions.count)]
        let outcome = try store.write { try store.declareIndex(on: "people", definition, in: $0) }
        guard case .created(let index) = outcome else { return }
        builds[index.id] = (BuildByHand(store, index, layout: layout(index)), 0)
    }

    private func layout(_ index: IndexRecord) -> IndexLayout {
        (UInt64(index.lastGenerationNumber) + parity).isMultiple(of: 2) ? .grouped : .plain
    }

    private mutating func rebuild() throws {
        guard let index = try randomIndex(), index.coming == nil else { return }
        seen.insert(.rebuild)
        let next = try store.write { try store.declareRebuild(of: index, reason: "random", in: $0).index }
        builds[index.id] = (
            BuildByHand(store, next, generation: next.lastGenerationNumber, layout: layout(next)), 0
        )
    }

    private mutating func dropOrCancel() throws {
        guard random.below(3) == 0, let index = try randomIndex() else { return }
        if index.coming != nil {
            seen.insert(.cancel)
            try store.write { try store.cancelBuild(of: index, in: $0) }
        } else {
            seen.insert(.drop)
            try store.write { try store.dropIndex(index.fullName, in: $0) }
        }
        builds[index.id] = nil
    }

    private mutating func pauseOrResume() throws {
        guard let index = try randomIndex(), let coming = index.coming else { return }
        let isBlocking = random.below(2) == 0
        seen.insert(coming.state == .building ? .pause : .resume)
        try store.write { txn in
            if coming.state != .building {
                try store.setBuilding(index, generation: coming.number, in: txn)
            } else if isBlocking {
                try store.setBlocked(index, generation: coming.number, reason: "random", in: txn)
            } else {
                try store.setPaused(index, generation: coming.number, in: txn)
            }
        }
    }

    /// One step of some build: a chunk of the scan, then load, a piece of the drain, publish.
    private mutating func advance() throws {
        guard let index = try randomIndex(), index.coming?.state == .building, let entry = builds[index.id] else {
            return
        }
        try advance(index, entry.build, entry.chunk)
    }

    private mutating func advance(_ index: IndexRecord, _ build: BuildByHand, _ chunk: Int) throws {
        let bounds = [0, 15, 20, 45]
        switch chunk {
        case 0...3:
            seen.insert(.scan)
            let end = chunk < 3 ? try idKey(bounds[chunk + 1]) : nil
            try build.scan(from: chunk == 0 ? nil : idKey(bounds[chunk]), to: end)
        case 4: try build.load()
        case 5: try build.drain(limit: random.below(10))
        default:
            #expect(try build.publish(limit: 1_000) == .published)
            seen.insert(.publish)
            builds[index.id] = nil
            return
        }
        builds[index.id] = (build, chunk + 1)
    }

    /// Every ready index holds what the model says, and the store's own check agrees.
    func compare() throws {
        for index in try indexes() {
            guard let ready = index.ready else { continue }
            let held = try store.entries(index, generation: ready.number)
            let expected = try Set(records.flatMap { try Self.entries(of: $0.value, id: $0.key, index) })
            #expect(held == expected, "\(index.fullName)")
        }
        #expect(try store.verify("people", repairing: false).isClean)
    }

    /// Brings every build to its end and compares once more.
    mutating func finish() throws {
        try declare()
        for index in try indexes() {
            guard let coming = index.coming else { continue }
            try store.write { try store.setBuilding(index, generation: coming.number, in: $0) }
            while let entry = builds[index.id] { try advance(index, entry.build, entry.chunk) }
        }
        #expect(try indexes().allSatisfy { $0.coming == nil && $0.ready != nil })
        try store.cleanDropped()
        try compare()
    }

    /// The entries of a record, from its decoded values.
    private static func entries(of record: Value, id: Int, _ index: IndexRecord) throws -> [[UInt8]] {
        var keys: [[Value]] = [[]]
        for path in index.fields {
            let elements = elements(record[path], nulls: index.indexesNulls)
            keys = keys.flatMap { key in elements.map { key + [$0] } }
        }
        let primaryKey = try idKey(id)
        return try keys.map { values in
            var entry: [UInt8] = []
            let indexKey = try KeyEncoding.indexKey(values)
            EntryLayout.appendEntry(indexKey: indexKey.span.bytes, primaryKey: primaryKey.span.bytes, to: &entry)
            return entry
        }
    }

    private static func elements(_ value: Value?, nulls: Bool) -> Set<Value> {
        let all: [Value]
        switch value {
        case nil: all = []
        case .array(let elements): all = elements
        case .some(let scalar): all = [scalar]
        }
        return Set(all.filter { $0.isScalar && (nulls || $0 != .null) })
    }
}

extension SeededRandom {
    /// A number in `0..<bound`; 0 for an empty range.
    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }
}
