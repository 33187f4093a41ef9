import LMDB
import Tables
import TestSupport
import Testing
import Values

/// Goal: C1: damage of every class, at every kind of place, is found and counted exactly, and nothing else is.
///
/// Method: a small database with every kind of entry (null, array, composite, cut index key, cut primary key, first and
/// last); every single entry and record is damaged in turn, past the table's own bookkeeping, and put back.
@Suite struct VerifyTests {
    private static let long = String(repeating: "long ", count: 80)

    private static var records: [Value] {
        let longKey = Value.string(String(repeating: "k", count: 400))
        return [
            person(
                1, ("email", .string("a")), ("city", .string("x")), ("tags", .array([.string("t"), .null, .int(4)]))),
            person(2, ("email", .null), ("city", .array([.string("x"), .string("y")])), ("tags", .bool(false))),
            person(3, ("email", .string(long)), ("city", .string(long + "1")), ("tags", .array([.int(1), .int(2)]))),
            person(4, ("email", .string(long + "other end")), ("city", .null), ("tags", .null)),
            person(5, ("city", .string("no email"))),
            .map([
                MapEntry("id", longKey), MapEntry("email", .string("zz")), MapEntry("city", .int(1)),
                MapEntry("tags", .int(2)),
            ]),
            .map([MapEntry("id", .string("text")), MapEntry("email", .double(2.5)), MapEntry("tags", .array([]))]),
        ]
    }

    /// A database whose three indexes are ready, and those.
    private func filled(_ records: [Value] = records) throws -> (TemporaryStore, [IndexRecord]) {
        let temporary = try TemporaryStore()
        let store = temporary.store
        for record in records { try store.putPeople(record) }
        let indexes = try [
            store.declare(field("email")), store.declare(field("city"), field("tags")),
            store.declare(field("tags"), indexesNulls: false),
        ]
        for (place, index) in indexes.enumerated() {
            try BuildByHand(store, index, layout: place == 1 ? .plain : .grouped).run()
        }
        return (temporary, indexes)
    }

    /// What a check found of one index: missing, dangling, stale.
    private func counts(_ store: Store, _ index: IndexRecord) throws -> [Int] {
        let report = try store.verify("people", repairing: false)
        guard let found = report.indexes.first(where: { $0.index == index.fullName }) else { return [] }
        return [found.missing, found.dangling, found.stale]
    }

    private func edit(_ store: Store, _ index: IndexRecord, put: [[UInt8]] = [], delete: [[UInt8]] = []) throws {
        try store.write { txn in
            let entries = try store.entries(of: index, generation: 1, in: txn)
            for entry in put { try txn.put(entry, [], in: entries) }
            for entry in delete { try txn.delete(entry, in: entries) }
        }
    }

    private func rawRecords(_ store: Store) throws -> [(key: [UInt8], value: [UInt8])] {
        try store.read { txn in
            let records = try store.records(of: store.table("people", in: txn), in: txn)
            return try keys(of: records.name, in: txn).map { ($0, try txn.value(of: $0, in: records) ?? []) }
        }
    }

    private func setRaw(_ store: Store, _ key: [UInt8], _ value: [UInt8]?) throws {
        try store.write { txn in
            let records = try store.records(of: store.table("people", in: txn), in: txn)
            if let value { try txn.put(key, value, in: records) } else { try txn.delete(key, in: records) }
        }
    }

    @Test("A database without damage is clean: nulls, arrays, composites and cut keys are no damage")
    func clean() throws {
        let (temporary, indexes) = try filled()
        let report = try temporary.store.verify("people", repairing: false)
        #expect(report.isClean)
        #expect(report.indexes.map(\.index) == indexes.map(\.fullName).sorted())
        #expect(report.indexes.allSatisfy { $0.records == Self.records.count && $0.entries > 3 && $0.examples.isEmpty })
    }

    @Test("C1: every single entry that is taken out is found missing, once, and in its index only")
    func missingEntries() throws {
        let (temporary, indexes) = try filled()
        let store = temporary.store
        var tried = 0
        for index in indexes {
            for entry in try store.entries(index) {
                try edit(store, index, delete: [entry])
                for other in indexes {
                    #expect(try counts(store, other) == (other.id == index.id ? [1, 0, 0] : [0, 0, 0]))
                }
                try edit(store, index, put: [entry])
                tried += 1
            }
        }
        #expect(tried > 15)
        #expect(try store.verify("people", repairing: false).isClean)
    }

    @Test("C1: every single record that is taken out leaves exactly its entries dangling")
    func danglingEntries() throws {
        let (temporary, indexes) = try filled()
        let store = temporary.store
        for (key, value) in try rawRecords(store) {
            let before = try indexes.map { try store.wantedEntries($0).count }
            try setRaw(store, key, nil)
            for (index, count) in zip(indexes, before) {
                let orphans = try count - store.wantedEntries(index).count
                #expect(try counts(store, index) == [0, orphans, 0])
            }
            try setRaw(store, key, value)
        }
    }

    @Test("C1: every single record that is changed behind the index leaves exactly its old entries stale")
    func staleEntries() throws {
        let (temporary, indexes) = try filled()
        let store = temporary.store
        for (key, value) in try rawRecords(store) {
            guard case .map(let entries) = try Value(messagePack: value.span.bytes) else { continue }
            for changed in ["email", "city", "tags"] {
                let others = entries.filter { $0.key != .string(changed) }
                let record = Value.map(others + [MapEntry(changed, .string("changed"))])
                try setRaw(store, key, record.messagePack)
                for index in indexes {
                    let (wanted, held) = try (store.wantedEntries(index), store.entries(index))
                    let expected = [wanted.subtracting(held).count, 0, held.subtracting(wanted).count]
                    #expect(try counts(store, index) == expected)
                }
                try setRaw(store, key, value)
            }
        }
    }

    @Test("C1: a foreign entry is found before the first, after the last, and as the only one")
    func foreignEntries() throws {
        for records in [Self.records, []] {
            let (temporary, indexes) = try filled(records)
            let store = temporary.store
            for entry in try [[0x10] + idKey(99), [0x60, 0xFE, 0x00, 0x01] + idKey(99), [0xFF], [0x50]] {
                try edit(store, indexes[0], put: [entry])
                #expect(try counts(store, indexes[0]) == [0, 1, 0])
                try edit(store, indexes[0], delete: [entry])
            }
        }
    }

    @Test("C1: damage that leaves the count of entries as it was is found")
    func sameCount() throws {
        let (temporary, indexes) = try filled()
        let store = temporary.store
        try edit(store, indexes[0], put: [store.entry("b", 1)], delete: [store.entry("a", 1)])
        #expect(try counts(store, indexes[0]) == [1, 0, 1])
        let report = try store.verify("people", repairing: false)
        let examples = report.indexes.flatMap(\.examples).map { "\($0.kind.rawValue) \($0.record) \($0.key)" }
        #expect(examples == ["missing 1 \"a\"", "stale 1 \"b\""])
    }

    @Test("A record that became unreadable is reported, and the entries it had are stale")
    func badRecord() throws {
        let (temporary, indexes) = try filled()
        try setRaw(temporary.store, idKey(1), [0xC1])
        let report = try temporary.store.verify("people", repairing: false)
        #expect(report.indexes.allSatisfy { $0.badRecords == 1 })
        #expect(try counts(temporary.store, indexes[0]) == [0, 0, 1])
    }

    @Test("Examples are bounded, counts are not")
    func boundedExamples() throws {
        let (temporary, indexes) = try filled((0..<300).map { person($0, email: "a") })
        let store = temporary.store
        try edit(store, indexes[0], delete: Array(store.entries(indexes[0])))
        let found = try store.verify("people", repairing: false).indexes.first { $0.missing > 0 }
        #expect(found?.missing == 300)
        #expect(found?.examples.count == 5)
    }

    @Test("C3: repair mends every class of damage, counts what it did, and leaves the rest alone")
    func repair() throws {
        let (temporary, indexes) = try filled((0..<700).map { person($0, email: "a\($0)") })
        let store = temporary.store
        let before = try store.entries(indexes[0])
        let gone = try Set((0..<300).map { try store.entry("a\($0)", $0) })
        let foreign = try (0..<300).map { try store.entry("b", $0 * 10) }
        try edit(store, indexes[0], put: foreign, delete: Array(gone))
        let report = try store.verify("people", index: "email", repairing: true)
        #expect(report.indexes.map(\.repaired) == [600])
        #expect(report.indexes.map { [$0.missing, $0.dangling, $0.stale] } == [[300, 230, 70]])
        #expect(try store.entries(indexes[0]) == before)
        #expect(try store.verify("people", repairing: false).isClean)
    }

    @Test("An index that is not ready is named, not checked; asked for by name it refuses")
    func notReady() throws {
        let (temporary, _) = try filled()
        let store = temporary.store
        _ = try store.declare(field("name"))
        let report = try store.verify("people", repairing: false)
        #expect(report.notReady == ["people.name"])
        #expect(report.isClean)
        let error = #expect(throws: GaplessError.self) { try store.verify("people", index: "name", repairing: false) }
        #expect(error?.code == .indexNotReady)
    }

    @Test("C2: a check while others write finds nothing")
    func underWriters() throws {
        let (temporary, _) = try filled()
        let store = temporary.store
        let phase = Phase()
        let writer = Background {
            var random = SeededRandom(seed: 2)
            while !phase.hasEnded {
                try store.putPeople(person(Int(random.next() % 40), ("tags", .array([.int(Int64(random.next() % 9))]))))
                try store.deletePeople(Int(random.next() % 40))
                phase.wrote()
            }
        }
        for _ in 0..<20 {
            phase.wait(forWrites: 2)
            #expect(try store.verify("people", repairing: false).isClean)
        }
        phase.end()
        try writer.result()
    }
}
