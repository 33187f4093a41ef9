import Foundation
import GaplessKit
import Testing

/// Goal: an index answers completely or refuses with an error that says when to come again; values put into a condition
/// are literals whatever they contain; waiting ends with the index ready or says why not.
/// Method: indexes are built by the program `gapless`, as in real life.
@Suite struct QueryTests {
    private let people = Person.table

    private func filled() throws -> (Scratch, Database) {
        let scratch = try Scratch()
        let database = try Database.open(scratch.database)
        try database.write { txn in
            try txn.create(people)
            for id in 1...9 { try txn.put(Person(id: id, email: "p\(id)", age: id * 10), into: people) }
            try txn.declareIndex(on: people, "age")
        }
        return (scratch, database)
    }

    @Test("R3: a query that needs an index under build is refused, with when to come again; once built it is complete")
    func refusal() throws {
        let (scratch, database) = try filled()
        let refused = error { try database.read { try $0.query(people, where: "age >= 50") } }
        #expect(refused?.code == .indexNotReady && refused?.isRetryable == true)
        #expect(refused?.index == "people.age" && refused?.state == .building)
        #expect((refused?.retryAfter ?? .zero) > .zero)
        let scanned = try database.read { try $0.query(people, where: "age >= 50", allowScan: true) }
        #expect(scanned.count == 5)
        #expect(error { try database.read { try $0.query(people, where: "email = 'p1'") } }?.code == .noIndex)
        try BuiltProgram.build(scratch.database)
        try database.waitForIndex("people.age", timeout: .seconds(60))
        let found = try database.read { try $0.query(people, where: "age >= 50", orderBy: "age desc", limit: 2) }
        #expect(found.map(\.id) == [9, 8])
        #expect(try database.read { try $0.explain(people, where: "age >= 50") }.first?.contains("people.age") == true)
        var ids: [Int] = []
        try database.read { txn in
            ids = []
            try txn.forEach(in: people, where: "age > 0", orderBy: "age", offset: 1) { person in
                ids.append(person.id)
                return ids.count < 3
            }
        }
        #expect(ids == [2, 3, 4])
        // Within a write too, with what it wrote.
        let staged = try database.write { txn in
            try txn.put(Person(id: 10, email: "p10", age: 55), into: people)
            return try txn.query(people, where: "age BETWEEN 50 AND 60", orderBy: "age").map(\.id)
        }
        #expect(staged == [5, 10, 6])
    }

    @Test("what is put into a condition is one literal")
    func literals() throws {
        let evil = "x' OR age > 0 OR email = 'x"
        let at = Date(timeIntervalSince1970: 1.5)
        let nested: Condition = "age = \(1) OR age = \(2)"
        let condition: Condition = "email = \(evil) AND \(nested) AND \(field: "a.order by") IN \(["a'b", "c"])"
        #expect(
            condition.text
                == "email = 'x'' OR age > 0 OR email = ''x' AND (age = 1 OR age = 2) AND a.`order by` IN ('a''b', 'c')")
        let others: Condition = "a = \(UInt64.max) AND b = \(-0.5) AND c = \(true) AND d = \(at) AND e = \(Value.null)"
        #expect(
            others.text == "a = 18446744073709551615 AND b = -0.5 AND c = true AND d = timestamp "
                + "'1970-01-01T00:00:01.5Z' AND e = null")
        #expect((("x = \(Value.bytes([0, 255]))") as Condition).text == "x = x'00ff'")
        let (_, database) = try filled()
        let found = try database.read { try $0.query(people, where: "email = \(evil)", allowScan: true) }
        #expect(found.isEmpty)
        #expect(
            try database.read { try $0.query(people, where: "email IN \(["p1", "p2"])", allowScan: true) }.count == 2)
    }

    @Test("what cannot be read or put into a condition is refused")
    func badConditions() throws {
        let (_, database) = try filled()
        for condition: Condition in [
            "age >", "age = \(Value.array([1]))", "\(field: "") = 1", Condition(text: "age = 1 AND"),
        ] {
            let refused = error { try database.read { try $0.query(people, where: condition, allowScan: true) } }
            #expect(refused?.code == .badQuery, "\(condition)")
            #expect(refused?.message.isEmpty == false)
        }
        #expect(error { try database.read { try $0.query(people, limit: -1) } }?.code == .badQuery)
    }

    @Test("waiting ends with the index ready, in asynchronous code too")
    func waiting() async throws {
        let (scratch, database) = try filled()
        async let built: Void = database.waitForIndex("people.age", timeout: .seconds(60))
        try BuiltProgram.build(scratch.database)
        try await built
        #expect(try await database.read { try $0.index("people.age") }.state == .ready)
    }

    @Test("R3: waiting that cannot end well says why")
    func waitingInVain() async throws {
        let (scratch, database) = try filled()
        let late = await #expect(throws: DatabaseError.self) {
            try await database.waitForIndex("people.age", timeout: .milliseconds(1))
        }
        #expect(late?.code == .indexNotReady && late?.isRetryable == true)
        try BuiltProgram.run("gapless", "index", "pause", "people.age", "--db", scratch.database)
        let paused = error { try blockingWait(database, "people.age") }
        #expect(paused?.code == .indexNotReady && paused?.state == .paused)
        #expect(error { try blockingWait(database, "people.email") }?.code == .noSuchIndex)
        try await database.write { txn in
            for id in 1...2 { try txn.put(Person(id: id, email: "same"), into: Person.table) }
            try txn.declareIndex(on: Person.table, "email", isUnique: true)
        }
        // A build that ends blocked ends with 1.
        let words = ["build", "people.email", "--workers", "1", "--db", scratch.database]
        let (process, _) = try BuiltProgram.start("gapless", words)
        process.waitUntilExit()
        let blocked = error { try blockingWait(database, "people.email") }
        #expect(blocked?.code == .indexBlocked && blocked?.isRetryable == true && blocked?.state == .blocked)
        let violation = error { try database.read { try $0.query(Person.table, where: "email = 'same'") } }
        #expect(violation?.code == .indexBlocked)
    }

    private func blockingWait(_ database: Database, _ index: String) throws {
        try database.waitForIndex(index, timeout: .seconds(60))
    }
}
