// Goal: a unique index never holds a key twice when it is ready, tells every key that stands in its way while it is
// built, and refuses a new violation as soon as it can be known.
// Method: the steps of a build by hand, with writes between any two.

import LMDB
import Tables
import Testing
import Values

@Suite("Unique indexes")
struct UniqueTests {
    private let database: TemporaryStore
    private var store: Store { database.store }

    init() throws { database = try TemporaryStore() }

    private func declareUnique(_ names: String..., nulls: Bool = true) throws -> IndexRecord {
        let definition = IndexDefinition(fields: names.map(field), indexesNulls: nulls, isUnique: true)
        return try store.write { try store.declareIndex(on: "people", definition, in: $0).index }
    }

    private func violations(_ index: IndexRecord) throws -> [UniqueViolation] {
        try store.read { try store.uniqueViolations(index, generation: 1, in: $0) }
    }

    private func isShared(_ index: IndexRecord) throws -> Bool {
        try store.read { try store.hasSharedKey(index, generation: 1, in: $0) }
    }

    /// What a loader does after it has appended: keys that follow each other are suspects.
    private func readBack(_ index: IndexRecord) throws {
        var finder = SharedKeyFinder(components: index.fields.count)
        try store.read { txn in
            let name = Store.indexDatabase(index: index.id, generation: 1)
            try txn.withCursor(in: txn.database(name)) { cursor in
                var more = try cursor.first()
                while more {
                    try cursor.withEntry { entry, _ in try finder.take(entry) }
                    more = try cursor.next()
                }
            }
        }
        let keys = finder.takeFound()
        try store.write { try store.noteSharedKeys(keys, of: index, generation: 1, in: $0) }
    }

    private func expectRefused(_ code: ErrorCode, _ body: () throws -> Void) throws -> GaplessError? {
        var thrown: GaplessError?
        do { try body() } catch let error as GaplessError { thrown = error }
        #expect(thrown?.code == code)
        return thrown
    }

    @Test("ready: a second record with the same key is refused with its name and the holder's; nothing is written")
    func refusesWhenReady() throws {
        let index = try declareUnique("email")
        try BuildByHand(store, index).run()
        try store.putPeople(person(1, email: "a@x"))
        let error = try expectRefused(.uniqueViolation) { try store.putPeople(person(2, email: "a@x")) }
        #expect(error?.message.contains("record 2") == true && error?.message.contains("record 1") == true)
        #expect(error?.index == "people.email" && error?.retryable == false)
        #expect(try store.entries(index) == [store.entry("a@x", 1)])
        try store.putPeople(person(1, email: "a@x"), person(2, email: "b@x"))
        _ = try expectRefused(.uniqueViolation) { try store.putPeople(person(2, email: "a@x")) }
        try store.deletePeople(1)
        try store.putPeople(person(2, email: "a@x"))
        #expect(try store.entries(index) == store.wantedEntries(index))
    }

    @Test("W5: within one transaction a key is judged by what the transaction has written so far")
    func withinOneTransaction() throws {
        let index = try declareUnique("email")
        try BuildByHand(store, index).run()
        _ = try expectRefused(.uniqueViolation) {
            try store.putPeople(person(1, email: "a@x"), person(2, email: "a@x"))
        }
        #expect(try store.entries(index).isEmpty)
        try store.putPeople(person(1, email: "a@x"), person(1, email: "b@x"), person(2, email: "a@x"))
        #expect(try store.entries(index) == [store.entry("b@x", 1), store.entry("a@x", 2)])
    }

    @Test("nulls, absent fields and composite keys with a null may come any number of times")
    func nullsAreNobodys() throws {
        let single = try declareUnique("email")
        let both = try declareUnique("email", "city")
        try BuildByHand(store, single).run()
        try BuildByHand(store, both).run()
        let null = ("email", Value.null)
        try store.putPeople(person(1, null, ("city", .string("x"))), person(2, null, ("city", .string("x"))), person(3))
        try store.putPeople(person(4, email: "a@x"))
        #expect(try store.entries(single).count == 3)
        #expect(try store.entries(both).count == 2)
    }

    @Test("an array holds its key once; an element that another record has is refused")
    func arrays() throws {
        let index = try declareUnique("email")
        try BuildByHand(store, index).run()
        try store.putPeople(person(1, ("email", .array([.string("a"), .string("b"), .string("a")]))))
        _ = try expectRefused(.uniqueViolation) {
            try store.putPeople(person(2, ("email", .array([.string("c"), .string("b")]))))
        }
        #expect(try store.entries(index).count == 2)
    }

    @Test("a key that an entry could hold only in part is refused, and lists a record found by a build as bad")
    func longKeys() throws {
        let index = try declareUnique("email")
        let long = String(repeating: "k", count: 300)
        let error = try expectRefused(.badRecord) { try store.putPeople(person(1, email: long)) }
        #expect(error?.message.contains("255") == true)
        #expect(try store.delta(index).isEmpty)
    }

    @Test("L9: every key that was shared before the build is listed with its records, and blocks publishing")
    func listsAll() throws {
        try store.putPeople(
            person(1, email: "a"), person(2, email: "a"), person(3, email: "b"), person(4, email: "c"),
            person(5, email: "c"), person(6, email: "c"))
        let index = try declareUnique("email")
        let build = BuildByHand(store, index)
        try build.scan()
        try build.load()
        try readBack(index)
        try build.drain()
        #expect(try build.publish() == .uniqueViolations(2))
        #expect(try store.current(index).state == .building)
        #expect(try violations(index).map(\.key) == [#""a""#, #""c""#])
        #expect(try violations(index).map(\.records) == [["1", "2"], ["4", "5", "6"]])
        #expect(try violations(index).map(\.recordsCount) == [2, 3])
        try store.putPeople(person(2, email: "d"))
        try store.deletePeople(4)
        #expect(try violations(index).map(\.records) == [["5", "6"]])
        try store.putPeople(person(6, email: "e"))
        #expect(try !isShared(index))
        #expect(try build.publish() == .published)
        #expect(try store.entries(index) == store.wantedEntries(index))
    }

    @Test("W4: a key that a write took behind the scan's back is found when the delta is applied")
    func foundByTheDrain() throws {
        try store.putPeople(person(1, email: "a"))
        let index = try declareUnique("email")
        let build = BuildByHand(store, index)
        // Nobody can know yet: nothing has been loaded.
        try store.putPeople(person(2, email: "a"))
        try build.scan(to: idKey(2))
        try build.load()
        try readBack(index)
        #expect(try build.publish() == .uniqueViolations(1))
        #expect(try isShared(index))
        try store.deletePeople(1)
        #expect(try build.publish() == .published)
    }

    @Test("while it is built a violation is refused from the moment that delta or loaded entries tell of it")
    func refusedWhileBuilding() throws {
        try store.putPeople(person(1, email: "a"), person(2, email: "b"))
        let index = try declareUnique("email")
        let build = BuildByHand(store, index)
        try store.putPeople(person(3, email: "c"))
        _ = try expectRefused(.uniqueViolation) { try store.putPeople(person(4, email: "c")) }
        try build.scan()
        try build.load()
        _ = try expectRefused(.uniqueViolation) { try store.putPeople(person(4, email: "a")) }
        // A tombstone in the delta frees the key, although the loaded entry still stands.
        try store.putPeople(person(1, email: "z"), person(4, email: "a"))
        try readBack(index)
        #expect(try build.publish() == .published)
        #expect(try store.entries(index) == store.wantedEntries(index))
    }

    @Test("a dropped build leaves no suspects behind")
    func droppedBuild() throws {
        try store.putPeople(person(1, email: "a"), person(2, email: "a"))
        let index = try declareUnique("email")
        let build = BuildByHand(store, index)
        try build.scan()
        try build.load()
        try readBack(index)
        #expect(try isShared(index))
        try store.write { try store.dropIndex("people.email", in: $0) }
        try store.cleanDropped()
        #expect(try store.read { try keys(of: "gapless/shared", in: $0) }.isEmpty)
    }

    @Test("random writes against a model: a ready unique index has each key once, whatever was tried", arguments: 1...8)
    func againstModel(seed: UInt64) throws {
        var dice = SeededRandom(seed: seed)
        let index = try declareUnique("email")
        let build = BuildByHand(store, index)
        var model: [Int: String] = [:]
        for step in 0..<300 {
            if step == 100 { try build.scan() }
            if step == 150 { try build.load() }
            if step == 200 {
                try readBack(index)
                #expect(try build.publish() == .published)
            }
            let (id, email) = (Int.random(in: 0..<12, using: &dice), "e\(Int.random(in: 0..<10, using: &dice))")
            if Int.random(in: 0..<4, using: &dice) == 0 {
                try store.deletePeople(id)
                model[id] = nil
            } else if model.contains(where: { $0.key != id && $0.value == email }) {
                _ = try expectRefused(.uniqueViolation) { try store.putPeople(person(id, email: email)) }
            } else {
                try store.putPeople(person(id, email: email))
                model[id] = email
            }
        }
        let wanted = try Set(model.map { try store.entry($0.value, $0.key) })
        #expect(try store.entries(index) == wanted, "seed \(seed)")
    }
}
