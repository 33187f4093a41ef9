import LMDB
import Tables
import TestSupport
import Testing
import Values

/// Goal: C1, C3: damage of every class at every kind of place is found, whole, and mended, and nothing else is touched.
///
/// Method: a table of damages, each done past the table's own bookkeeping to a database that holds every kind of entry;
/// what is counted is compared with the sets of entries held and called for, and so is what stands there afterwards.
@Suite struct RepairTests {
    /// A kind of place where an entry may be.
    enum Place: String, CaseIterable {
        case first, last, only, null, arrayElement, cutIndexKey, cutPrimaryKey, composite, compositeOfArrays, bool
    }

    /// What is done to the entry.
    enum Damage: String, CaseIterable {
        /// It is taken out.
        case missing
        /// The record is taken away behind it.
        case dangling
        /// The record is changed behind it.
        case stale
        /// It is replaced by that of another key: the count stays.
        case moved
    }

    private static let long = String(repeating: "long ", count: 80)
    private static let longID = Value.string(String(repeating: "k", count: 400))

    private static let records: [Value] = [
        person(
            1, ("email", .string("a first")), ("tags", .array([.string("t"), .null, .int(4)])), ("city", .string("x"))),
        person(2, ("email", .null), ("tags", .bool(false)), ("city", .array([.string("x"), .string("y")]))),
        person(3, ("email", .string(long)), ("tags", .array([.int(1), .int(2)])), ("city", .string(long))),
        person(4, ("email", .string(long + "other end")), ("tags", .array([])), ("city", .null)),
        person(5, ("email", .string("m")), ("tags", .int(7)), ("city", .array([.int(1), .int(2)]))),
        .map([
            MapEntry("id", longID), MapEntry("email", .string("zz last")), MapEntry("tags", .int(9)),
            MapEntry("city", .int(3)),
        ]),
    ]

    /// The database, and the index and record that a place is about.
    private struct Subject {
        let temporary: TemporaryStore
        let index: IndexRecord
        let key: [UInt8]
        var store: Store { temporary.store }
    }

    private func subject(_ place: Place, _ layout: IndexLayout) throws -> Subject {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let records = place == .only ? [Self.records[0]] : Self.records
        for record in records { try store.putPeople(record) }
        let indexes = try [
            store.declare(field("email")), store.declare(field("tags")), store.declare(field("city"), field("tags")),
        ]
        for index in indexes { try BuildByHand(store, index, layout: layout).run() }
        let (index, id): (Int, Value) =
            switch place {
            case .first, .only: (0, .int(1))
            case .last, .cutPrimaryKey: (0, Self.longID)
            case .null: (0, .int(2))
            case .cutIndexKey: (0, .int(3))
            case .arrayElement: (1, .int(1))
            case .bool: (1, .int(2))
            case .composite: (2, .int(1))
            case .compositeOfArrays: (2, .int(5))
            }
        return Subject(temporary: temporary, index: indexes[index], key: try KeyEncoding.primaryKey(id))
    }

    /// The entries of the subject's record in its index.
    private func entries(_ subject: Subject) throws -> [[UInt8]] {
        try subject.store.read { txn in
            try entriesOfRecords(subject.store, subject.index, in: txn) { $0 == subject.key }.sorted {
                $0.lexicographicallyPrecedes($1)
            }
        }
    }

    private func damage(_ subject: Subject, _ damage: Damage) throws {
        let entries = try entries(subject)
        #expect(!entries.isEmpty)
        try subject.store.write { txn in
            let database = try subject.store.entries(of: subject.index, generation: 1, in: txn)
            let records = try subject.store.records(of: subject.store.table("people", in: txn), in: txn)
            switch damage {
            case .missing: for entry in entries { try txn.delete(entry, in: database) }
            case .dangling: try txn.delete(subject.key, in: records)
            case .stale:
                let id = try KeyEncoding.decodePrimaryKey(subject.key.span.bytes)
                let changed = Value.map([MapEntry("id", id), MapEntry("email", .int(0)), MapEntry("tags", .int(0))])
                try txn.put(subject.key, changed.messagePack, in: records)
            case .moved:
                // The last byte of the index key's part of the entry makes another key of it, for the same record.
                let entry = entries[0]
                let parts = try EntryLayout.split(entry: entry.span.bytes, components: subject.index.fields.count)
                var other: [UInt8] = []
                let key = try KeyEncoding.indexKey(
                    Array(repeating: .string("moved"), count: subject.index.fields.count))
                EntryLayout.appendIndexKeyPart(key.span.bytes, to: &other)
                other += entry[parts.indexKeyLength...]
                try txn.delete(entry, in: database)
                try txn.put(other, [], in: database)
            }
        }
    }

    @Test("C1, C3: found to the last entry, mended, and clean", arguments: Place.allCases, Damage.allCases)
    func everyClassEverywhere(_ place: Place, _ damage: Damage) throws {
        for layout in [IndexLayout.plain, .grouped] { try findAndMend(subject(place, layout), damage) }
    }

    private func findAndMend(_ subject: Subject, _ damage: Damage) throws {
        let store = subject.store
        try self.damage(subject, damage)
        let indexes = try store.read { try store.catalog(in: $0).indexes }
        let wanted = try indexes.map { try store.wantedEntries($0) }
        let held = try indexes.map { try store.entries($0) }
        let report = try store.verify("people", repairing: true)
        for (place, index) in indexes.enumerated() {
            let found = try #require(report.indexes.first { $0.index == index.fullName })
            #expect(found.missing == wanted[place].subtracting(held[place]).count)
            #expect(found.dangling + found.stale == held[place].subtracting(wanted[place]).count)
            #expect((found.dangling > 0) == (damage == .dangling && !held[place].isSubset(of: wanted[place])))
            #expect(found.repaired == wanted[place].symmetricDifference(held[place]).count)
            #expect(try store.entries(index) == wanted[place])
        }
        let own = try #require(report.indexes.first { $0.index == subject.index.fullName })
        #expect(own.missing + own.dangling + own.stale > 0, "the damage reached the index")
        let after = try store.verify("people", repairing: true)
        #expect(after.isClean && after.indexes.allSatisfy { $0.repaired == 0 })
    }

    @Test("C2, C3: under writers repair touches only what is damaged, and every write stays as it was written")
    func underWriters() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        for id in 0..<400 { try store.putPeople(person(id, email: "a\(id)")) }
        let index = try store.declare(field("email"))
        try BuildByHand(store, index, layout: .grouped).run()
        let phase = Phase()
        let writer = Background {
            var random = SeededRandom(seed: 5)
            while !phase.hasEnded {
                let id = Int(random.next() % 500)
                try store.putPeople(person(id, email: "b\(random.next() % 50)"))
                if random.next().isMultiple(of: 4) { try store.deletePeople(id) }
                phase.wrote()
            }
        }
        for round in 0..<10 {
            phase.wait(forWrites: 3)
            try store.write { txn in
                let database = try store.entries(of: index, generation: 1, in: txn)
                for entry in try keys(of: database, in: txn).prefix(20) { try txn.delete(entry, in: database) }
                try txn.put(store.entry("foreign", 1_000 + round), [], in: database)
            }
            _ = try store.verify("people", repairing: true)
            #expect(try store.verify("people", repairing: false).isClean)
        }
        phase.end()
        try writer.result()
        #expect(try store.entries(index) == store.wantedEntries(index))
    }
}
