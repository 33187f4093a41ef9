import Backfill
import Foundation
import Glibc
import LMDB
import Ledger
import Simulation
import Tables
import Values

/// The store of production, on LMDB, in a folder of its own that is removed in the end.
final class RealSide: Side {
    let store: Store
    private let ledger: Ledger
    private let path: String
    private let table: TableRecord
    private let keyBytes: [[UInt8]]
    /// All indexes ever declared, as they were then.
    private var indexes: [IndexRecord] = []

    init() throws {
        var template = Array("/tmp/gapless-conformance-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw GaplessError(.inputOutput, "mkdtemp: error \(errno)") }
        path = String(cString: made)
        var options = Environment.Options()
        // About what transactions mean, not about power loss.
        options.isSynced = false
        options.mapBytes = 1 << 28
        let store = try Store.open(at: path, creation: .ifMissing, options: options)
        self.store = store
        ledger = Ledger(store)
        let kinds = try (0..<Operation.fields).map { Schema.Field(try FieldPath("f\($0)"), .bytes) }
        let key = try FieldPath("id")
        table = try store.write { txn in
            try store.createTable("t", keyField: key, format: .json, schema: Schema(kinds), in: txn)
        }
        keyBytes = try (0..<Operation.keys).map { try KeyEncoding.primaryKey(.int(Int64($0))) }
    }

    deinit {
        for name in ["data.mdb", "lock.mdb", "gate"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    func perform(_ operation: Operation) throws -> String {
        do {
            return try take(operation)
        } catch let error as GaplessError {
            switch error.code {
            case .badRecord, .noSuchRecord: return "badRecord"
            case .wrongState: return "wrongState"
            case .noSuchIndex: return "noSuchIndex"
            case .uniqueViolation: return "uniqueViolation"
            case .alreadyExists: return "alreadyExists"
            default: throw error
            }
        } catch let error as LMDBError where error.code == .keyExists {
            return "outOfOrder"
        } catch is Fenced {
            return "fenced"
        }
    }

    private func take(_ operation: Operation) throws -> String {
        switch operation {
        case .write(let changes):
            return try store.write { txn in
                var words: [String] = []
                for change in changes {
                    switch change {
                    case .put(let key, let record): try put(key, record, txn)
                    case .delete(let key):
                        words.append("\(try store.delete(key: keyBytes[Int(key)], from: "t", in: txn))")
                    }
                }
                return "written \(words)"
            }
        case .declare(let field, let isUnique):
            let definition = IndexDefinition(fields: [try FieldPath("f\(field)")], isUnique: isUnique)
            let index = try store.write { try store.declareIndex(on: "t", definition, in: $0).index }
            if !indexes.contains(where: { $0.id == index.id }) { indexes.append(index) }
            return "index \(indexes.firstIndex { $0.id == index.id } ?? -1)"
        case .takeOffice:
            let holder = Incarnation(
                host: "h", bootID: "b", pid: 1, startTicks: 1, startedAt: Instant(milliseconds: 1),
                nonce: Nonce(high: 0, low: 9))
            return "epoch \(try ledger.takeOffice(holder, program: "p").epoch)"
        case .clean: return "\(try store.write { try store.cleanDropped(limit: 100_000, in: $0).isDone })"
        case .publish, .removeJob, .commit, .commitBad, .commitBlocked: return try coordinate(operation)
        default: return try build(operation)
        }
    }

    /// Stores the bytes as they are: a record as a whole would be refused for a malformed field without an index, too.
    private func put(_ key: UInt32, _ record: SimulatedRecord, _ txn: borrowing WriteTransaction) throws {
        var writer = store.writer(of: "t")
        let (primaryKey, bytes) = (keyBytes[Int(key)], table.encode(value(key, record)))
        try writer.put(key: primaryKey.span.bytes, record: bytes.span.bytes, in: txn)
    }

    /// A record as JSON holds it: arrays of bytes, the first key null; a malformed field is a text that is no base64.
    private func value(_ key: UInt32, _ record: SimulatedRecord) -> Value {
        var entries = [MapEntry("id", .int(Int64(key)))]
        for field in 0..<Operation.fields {
            if record.isMalformed(field: field) {
                entries.append(MapEntry("f\(field)", .string("*")))
            } else if record.keys(ofField: field) != 0 {
                let keys = (0..<SimulatedRecord.keyCount).filter { record.keys(ofField: field) >> UInt16($0) & 1 == 1 }
                entries.append(MapEntry("f\(field)", .array(keys.map(Self.value(ofKey:)))))
            }
        }
        return .map(entries)
    }

    private func coordinate(_ operation: Operation) throws -> String {
        guard let current = try ledger.office()?.epoch else {
            // Nobody ever held office: the ledger's database does not exist, and nobody asks it for anything.
            if case .commit(let place, _, _) = operation, try name(place) == nil { return "none" }
            if case .commitBad(let place, _) = operation, try name(place) == nil { return "none" }
            if case .commitBlocked(let place, _) = operation, try name(place) == nil { return "none" }
            return "fenced"
        }
        switch operation {
        case .publish(let job, let isCurrent):
            return line(of: try ledger.publish(job: job, place: 0, epoch: isCurrent ? current : current + 1))
        case .removeJob(let job, let isCurrent):
            try ledger.remove(job: job, epoch: isCurrent ? current : current + 1)
            return "removed"
        case .commit(let place, let rows, let isCurrent):
            guard let name = try name(place) else { return "none" }
            let writes = rows.writes(table: table.id, index: name, epoch: current, cut: Key(keyBytes[4]))
            try ledger.commit(writes, epoch: isCurrent ? current : current + 1)
        case .commitBad(let place, let keys):
            guard let name = try name(place) else { return "none" }
            let bad = keys.map {
                Backfill.BadRecord(index: 0, primaryKey: Key(keyBytes[Int($0)]), error: "e")
            }
            try ledger.commit([.badRecords(table: table.id, index: name, bad)], epoch: current)
        case .commitBlocked(let place, let reason):
            guard let name = try name(place) else { return "none" }
            try ledger.commit([.blocked(table: table.id, index: name, reason: reason)], epoch: current)
        default: break
        }
        return "committed"
    }

    /// The row of an index as it is now, dropped or not; nil once it was cleaned away.
    private func row(_ place: Int) throws -> IndexRecord? {
        guard indexes.indices.contains(place) else { return nil }
        do {
            return try store.read { try store.catalog(in: $0).index(id: indexes[place].id) }
        } catch let error as GaplessError where error.code == .noSuchIndex {
            return nil
        }
    }

    private func name(_ place: Int) throws -> JobIndex? {
        try row(place).map { index in
            JobIndex(
                index: index.id, generation: UInt64(index.coming?.number ?? index.lastGenerationNumber),
                fingerprint: index.fingerprint)
        }
    }

    private func build(_ operation: Operation) throws -> String {
        guard let place = operation.index, let index = try row(place) else { return "none" }
        let generation = index.coming?.number ?? index.lastGenerationNumber
        return try store.write { txn in
            switch operation {
            case .rebuild: try store.declareRebuild(of: index, reason: "test", in: txn)
            case .cancel: try store.cancelBuild(of: index, in: txn)
            case .drop: try store.dropIndex(store.live(index, in: txn).fullName, in: txn)
            case .setState(_, .building): try store.setBuilding(index, generation: generation, in: txn)
            case .setState(_, .paused): try store.setPaused(index, generation: generation, in: txn)
            case .setState: try store.setBlocked(index, generation: generation, reason: "told", in: txn)
            case .append(_, let count, let isInOrder):
                guard index.coming != nil else { return "no build" }
                return try append(count, isInOrder, index, generation, txn)
            case .removeEntries:
                guard index.coming != nil else { return "no build" }
                try txn.removeAll(in: store.entries(of: index, generation: generation, in: txn))
                return "true"
            case .drain(_, let limit):
                let outcome = try store.drain(index, generation: generation, limit: limit, in: txn)
                return "drained \(outcome.applied), left \(outcome.remaining)"
            case .noteSharedKeys:
                guard index.coming != nil, index.isUnique else { return "no build" }
                return try noteSharedKeys(index, generation, txn)
            case .recordBad(_, let key):
                let bytes = keyBytes[Int(key)]
                return "\(try store.recordBad(index, generation: generation, key: bytes.span.bytes, in: txn))"
            case .waive(_, let key):
                let bytes = keyBytes[Int(key)]
                try store.waiveBad(index, generation: generation, key: bytes.span.bytes, in: txn)
            default: break
            }
            return "done"
        }
    }

    /// Appends as a loader does, with what the extractor makes of the records.
    private func append(
        _ count: Int, _ isInOrder: Bool, _ index: IndexRecord, _ generation: UInt32,
        _ txn: borrowing WriteTransaction
    ) throws -> String {
        // Which layout it has, no side may tell.
        if generation.isMultiple(of: 2) { try store.group(index, generation: generation, in: txn) }
        let database = try store.entries(of: index, generation: generation, in: txn)
        return try txn.withWriteCursor(in: database) { cursor in
            let last = try cursor.last() ? cursor.key : nil
            var entries = try extracted(index, txn).filter { entry in
                last.map { $0.lexicographicallyPrecedes(entry) } ?? true
            }
            entries = Array(entries.prefix(count))
            if !isInOrder, let last { entries = [last] }
            for entry in entries { try cursor.put(entry.span.bytes, RawSpan(), .append) }
            return "appended \(entries.count)"
        }
    }

    private func extracted(_ index: IndexRecord, _ txn: borrowing WriteTransaction) throws -> [[UInt8]] {
        let extractor = EntryExtractor(rules: [index.rule], format: table.format, schema: table.schema)
        var scratch = EntryExtractor.Scratch()
        var entries: [[UInt8]] = []
        for key in keyBytes {
            let found: Void? = try store.withRecord(key: key.span.bytes, of: table, in: txn) { record in
                let before = entries.count
                do {
                    try extractor.extract(primaryKey: key.span.bytes, value: record, into: &scratch) { _, entry in
                        entries.append(entry.withUnsafeBytes { Array($0) })
                    }
                } catch is RecordError {
                    entries.removeSubrange(before...)
                }
            }
            if found == nil { continue }
        }
        return entries.sorted { $0.lexicographicallyPrecedes($1) }
    }

    func lines() throws -> [String] {
        var lines = try recordLines()
        for place in indexes.indices {
            guard let index = try row(place) else {
                lines.append("index \(place) is gone")
                continue
            }
            lines.append(
                "index \(place)\(index.droppedAt == nil ? "" : " dropped"), last \(index.lastGenerationNumber)")
            for generation in index.generations { lines += try self.lines(of: generation, of: index) }
        }
        lines += try ledger.demands().map { demand in
            let place = indexes.firstIndex { $0.id == demand.index.index } ?? -1
            return "demand \(place)/\(demand.index.generation) \(demand.state) of \(demand.records)"
        }.sorted()
        let office = try ledger.office()
        lines.append("office \(office?.epoch ?? 0), next job \(office?.nextJob ?? 1)")
        return lines + (try ledger.images().map(line(of:)))
    }

    private func recordLines() throws -> [String] {
        try keyBytes.enumerated().compactMap { key, bytes in
            // Read without the schema, which a malformed field breaks.
            let read: Value? = try store.read { txn in
                try store.withRecord(key: bytes.span.bytes, of: table, in: txn) { try Value(json: $0) }
            }
            guard let value = read else { return nil }
            var record = SimulatedRecord()
            for field in 0..<Operation.fields {
                switch value[try FieldPath("f\(field)")] {
                case .string: record.set(field: field, keys: 0, isMalformed: true)
                case .array(let keys):
                    let bits = keys.reduce(UInt16(0)) { bits, key in
                        if case .null = key { return bits | 1 }
                        guard case .string(let text) = key, let byte = Data(base64Encoded: text)?.first else {
                            return bits
                        }
                        return bits | 1 << UInt16(byte)
                    }
                    record.set(field: field, keys: bits)
                default: break
                }
            }
            return "record \(key) \(record.bits)"
        }
    }

    private func lines(of generation: Generation, of index: IndexRecord) throws -> [String] {
        let number = generation.number
        let entries = try store.read { try rows(of: store.entries(of: index, generation: number, in: $0), $0) }
        let delta = try rows(of: Store.deltaDatabase(index: index.id, generation: number))
        let bad = try store.read { try store.badRecords(index, generation: number, in: $0) }
        let shared = try store.read { try store.uniqueViolations(index, generation: number, in: $0) }
        return [
            "generation \(number) \(generation.state.rawValue) delta \(generation.hasDelta) "
                + (generation.blockedReason ?? "-"),
            "entries \(try entries.map { try name(ofEntry: $0.key) })",
            "delta \(try delta.map { "\($0.value == [1] ? "+" : "-")\(try name(ofEntry: $0.key))" })",
            "bad \(bad.map { "\($0.record)\($0.isWaived ? " waived" : "")" })",
            "suspects \(try suspects(of: number, of: index))",
            "shared \(shared.map { $0.records.sorted() })",
        ]
    }

    func rows(of name: String) throws -> [(key: [UInt8], value: [UInt8])] {
        try store.read { txn in
            guard let database = try txn.databaseIfPresent(name) else { return [] }
            return try rows(of: database, txn)
        }
    }

    private func rows(
        of database: Database, _ txn: borrowing ReadTransaction
    ) throws -> [(key: [UInt8], value: [UInt8])] {
        try txn.withCursor(in: database) { cursor in
            var rows: [(key: [UInt8], value: [UInt8])] = []
            var isThere = try cursor.first()
            while isThere {
                rows.append((cursor.key, cursor.value))
                isThere = try cursor.next()
            }
            return rows
        }
    }

    /// As the simulation writes it: which of the few entries there can be has these bytes.
    private func name(ofEntry bytes: [UInt8]) throws -> String {
        for key in 0..<SimulatedRecord.keyCount {
            let indexKey = try Self.indexKey(key)
            for (number, primaryKey) in keyBytes.enumerated() {
                var entry: [UInt8] = []
                EntryLayout.appendEntry(
                    indexKey: indexKey.span.bytes, primaryKey: primaryKey.span.bytes, to: &entry)
                if entry == bytes { return "k\(key)/\(number)" }
            }
        }
        return "unknown \(bytes)"
    }
}
