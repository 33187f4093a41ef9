// Goal: an index may be grouped while nothing stands in it, for good and in one transaction; programs that came before
// the layout refuse it; whatever is written later has its place in it; and nobody can tell but by its size. Method: the
// store by hand, catalog rows of other programs, and every kind of primary key written to a ready index.

import LMDB
import Testing
import Values

@testable import Tables

@Suite struct GroupedLayoutTests {
    private func names(_ store: Store) throws -> [String] {
        try store.read { try $0.databaseNames().filter { $0.hasPrefix("i/") || $0.hasPrefix("g/") } }
    }

    private func layout(_ store: Store, _ index: IndexRecord, generation: UInt32 = 1) throws -> IndexLayout? {
        try store.current(index).generation(generation)?.layout
    }

    private func group(_ store: Store, _ index: IndexRecord, generation: UInt32 = 1) throws {
        try store.write { try store.group(index, generation: generation, in: $0) }
    }

    @Test("S8: grouping an empty index, its row and its database are one transaction; doing it again changes nothing")
    func groups() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let index = try store.declare(field("city"))
        #expect(try names(store) == ["i/\(index.id)/1"] && layout(store, index) == .plain)
        struct Undone: Error {}
        #expect(throws: Undone.self) {
            let _: Void = try store.write { txn in
                try store.group(index, generation: 1, in: txn)
                throw Undone()
            }
        }
        #expect(try names(store) == ["i/\(index.id)/1"] && layout(store, index) == .plain)
        for _ in 0..<2 {
            try group(store, index)
            #expect(try names(store) == ["g/\(index.id)/1"] && layout(store, index) == .grouped)
        }
        let flags = try store.read { try $0.statistics(of: store.entries(of: index, generation: 1, in: $0)).flags }
        #expect(flags == .folded)
    }

    @Test("an index in which something stands stays plain, and so does a ready one")
    func staysPlain() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let index = try store.declare(field("email"))
        try store.write { txn in
            try txn.put(store.entry("a", 1), [], in: store.entries(of: index, generation: 1, in: txn))
        }
        try group(store, index)
        #expect(try layout(store, index) == .plain && store.entries(index).count == 1)
        let empty = try store.declare(field("city"))
        try BuildByHand(store, empty).run()
        try group(store, empty)
        #expect(try layout(store, empty) == .plain)
        #expect(throws: GaplessError.self) { try group(store, index, generation: 7) }
    }

    @Test("S8: leftovers under the name of the grouped database are never built upon")
    func leftovers() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let index = try store.declare(field("city"))
        try store.write { _ = try $0.createDatabase(Store.groupedDatabase(index: index.id, generation: 1)) }
        let error = #expect(throws: GaplessError.self) { try group(store, index) }
        #expect(error?.code == .corrupt)
        #expect(try layout(store, index) == .plain)
    }

    @Test("O6: programs that came before the layout see other key rules in its row, and no database to append to")
    func olderPrograms() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let index = try store.declare(field("city"))
        try group(store, index)
        // Every program compares this number with the one of its own rules, 1 until now, and refuses others.
        let generation = try #require(store.current(index).generation(1))
        #expect(generation.extractorVersion == 1_001 && generation.keyRules == EntryExtractor.version)
        #expect(EntryExtractor.version < IndexLayout.step)
        // An old worker that is handed the load meets no database in its first transaction.
        let name = Store.indexDatabase(index: index.id, generation: 1)
        let error = #expect(throws: LMDBError.self) {
            try store.write { txn in try txn.put([1], [], in: txn.database(name), .append) }
        }
        #expect(error?.code == .notFound)
    }

    @Test("O6: a layout of a later program is refused by name of the program, never read as another one")
    func laterLayout() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let index = try store.declare(field("city"))
        try BuildByHand(store, index, layout: .grouped).run()
        try store.write { txn in
            var row = try store.live(index, in: txn)
            row.generations[0].extractorVersion = 2_001
            try store.save(row, in: txn)
        }
        #expect(try layout(store, index) == nil)
        for use: (borrowing WriteTransaction) throws -> Void in [
            { txn in _ = try store.entries(of: index, generation: 1, in: txn) },
            { txn in _ = try store.readyIndex("people.city", in: txn) },
            { txn in try store.put(person(1, email: "a"), into: "people", in: txn) },
        ] {
            let error = #expect(throws: GaplessError.self) { try store.write { txn in try use(txn) } }
            #expect(error?.code == .incompatibleVersion && error?.message.contains("2001") == true)
        }
        #expect(try store.read { try store.readyIndexes(of: store.table("people", in: $0), in: $0) }.isEmpty)
    }

    /// Primary keys of every kind and edge.
    private static let ids: [Value] = [
        .int(0), .int(-1), .int(7), .int(.max), .int(.min), .uint(.max), .double(0.5), .double(.infinity),
        .double(-.infinity), .int(1 << 53), .int((1 << 53) + 1), .int(-(1 << 53) - 1), .string(""), .string("text"),
        .string(String(repeating: "k", count: 400)), .bytes([]), .bytes([0x30, 1, 2]),
        .timestamp(Timestamp(seconds: -5, nanoseconds: 1)),
    ]

    @Test("records of every kind of primary key that come later have their entries, and lose them when they go")
    func laterKeys() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        try store.putPeople(person(1, ("city", .string("Oslo"))), person(2, ("city", .string("Bergen"))))
        let index = try store.declare(field("city"))
        try BuildByHand(store, index, layout: .grouped).run()
        for round in 0..<2 {
            for id in Self.ids {
                for city in [Value.string("Oslo"), .null, .string(String(repeating: "long", count: 90)), .int(5)] {
                    let cities = round == 0 ? city : Value.array([city, .string("Oslo")])
                    try store.putPeople(.map([MapEntry("id", id), MapEntry("city", cities)]))
                    #expect(try store.entries(index) == store.wantedEntries(index))
                }
            }
        }
        #expect(try store.verify("people", repairing: false).isClean)
        let count = try store.query(Query(where: "city = 'Oslo'"), table: "people") { _ in true }
        #expect(count == 1 + Self.ids.count)
        for id in Self.ids {
            _ = try store.write { txn in
                try store.delete(key: KeyEncoding.primaryKey(id), from: "people", in: txn)
            }
        }
        // Of the two that were there, 7 and others aside, one lives in Oslo.
        #expect(try store.entries(index) == store.wantedEntries(index))
        #expect(try store.entries(index).count == 2)
    }

    private func rebuild(_ index: IndexRecord, _ store: Store) throws {
        _ = try store.write { try store.declareRebuild(of: index, reason: "test", in: $0) }
    }

    @Test("W7: rebuilds from one layout to the other and back: each generation has its own, and cleaning removes both")
    func rebuilds() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        for id in 0..<200 { try store.putPeople(person(id, ("city", .string("c\(id % 3)")))) }
        let index = try store.declare(field("city"))
        let layouts: [IndexLayout] = [.plain, .grouped, .plain, .grouped]
        for (place, layout) in layouts.enumerated() {
            let number = UInt32(place + 1)
            if place > 0 { try rebuild(index, store) }
            let build = BuildByHand(store, index, generation: number, layout: layout)
            try build.scan()
            try build.load()
            try store.putPeople(person(1_000 + place, ("city", .string("c0"))), person(place, ("city", .string("new"))))
            try build.drain()
            try build.publish()
            #expect(try store.entries(index, generation: number) == store.wantedEntries(index))
            #expect(try store.verify("people", repairing: false).isClean)
            #expect(try names(store).count == (place == 0 ? 1 : 2))
            try store.cleanDropped(limit: 50)
            let letter = layout == .plain ? "i" : "g"
            #expect(try names(store) == ["\(letter)/\(index.id)/\(number)"])
        }
        try store.write { try store.dropIndex(index.fullName, in: $0) }
        try store.cleanDropped(limit: 7)
        #expect(try names(store).isEmpty)
    }

    @Test("C1, C3: bytes that are no entry are found in a grouped index, and taken out")
    func damage() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        for id in 0..<50 { try store.putPeople(person(id, ("city", .string("c\(id % 3)")))) }
        let index = try store.declare(field("city"))
        try BuildByHand(store, index, layout: .grouped).run()
        let entry = try store.entry("c1", 4)
        let damaged: [[UInt8]] = [
            entry + [1], Array(entry.dropLast()), Array(entry.dropLast(9)), [0x10], [0xEE, 1],
            Array(entry.dropLast(8)) + Array(repeating: 0xFF, count: 10),
        ]
        for bytes in damaged {
            try store.write { try $0.put(bytes, [], in: store.entries(of: index, generation: 1, in: $0)) }
            #expect(try !store.verify("people", repairing: false).isClean, "\(bytes)")
            let report = try store.verify("people", repairing: true)
            #expect(report.indexes[0].repaired == 1, "\(bytes)")
            #expect(try store.entries(index) == store.wantedEntries(index))
        }
    }

    @Test("many entries of one key are trees of their own: read, cut short and emptied like any others")
    func trees() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let index = try store.declare(field("city"))
        let grouped = try store.declare(field("city"), name: "grouped")
        try group(store, grouped)
        var random = SeededRandom(seed: 11)
        var entries = try (0..<30_000).map { try store.entry("c\($0 % 3)", Int(random.next() % 1_000_000_000)) }
        entries = Set(entries).sorted { $0.lexicographicallyPrecedes($1) }
        let databases = { (txn: borrowing WriteTransaction) in
            try [index, grouped].map { try store.entries(of: $0, generation: 1, in: txn) }
        }
        try store.write { txn in
            let (plain, folded) = try (databases(txn)[0], databases(txn)[1])
            for db in [plain, folded] { for entry in entries[..<20_000] { try txn.put(entry, [], in: db, .append) } }
            let sizes = try [plain, folded].map { try txn.wholeStatistics(of: $0) }
            #expect(sizes.map(\.entries) == [20_000, 20_000])
            #expect(sizes[1].bytes * 2 < sizes[0].bytes, "\(sizes)")
            for db in [plain, folded] { for entry in entries[20_000...].shuffled() { try txn.put(entry, [], in: db) } }
            #expect(try keys(of: folded, in: txn) == entries)
            for place in entries.indices where place % 3 != 0 {
                #expect(try txn.delete(entries[place], in: folded))
                #expect(try txn.delete(entries[place], in: plain))
            }
            let left = try keys(of: plain, in: txn)
            #expect(try keys(of: folded, in: txn) == left)
            for bound in left where random.next().isMultiple(of: 16) {
                let found = try [plain, folded].map { db in
                    try txn.withCursor(in: db) { cursor in
                        let before = Array(bound.dropLast(Int(random.next() % 4)))
                        _ = try cursor.seek(atOrAfter: before)
                        return try cursor.previous() ? cursor.key : []
                    }
                }
                #expect(found[0].count == found[1].count)
            }
        }
        try store.write { txn in
            let folded = try databases(txn)[1]
            try txn.withWriteCursor(in: folded) { cursor in while try cursor.first() { try cursor.deleteCurrent() } }
            #expect(try txn.statistics(of: folded).entries == 0)
        }
    }
}
