import LMDB
import Tables
import Testing
import Values

/// Goal: tables and indexes come and go as declared, and what goes is cleaned away in bounded steps.
@Suite struct CatalogTests {
    @Test("A table is created, listed and dropped; its name is free at once")
    func tables() throws {
        let store = try TemporaryStore().store
        let first = try store.read { try store.table("people", in: $0) }
        #expect(first.keyField == field("id"))
        #expect(throws: GaplessError.self) {
            try store.write { _ = try store.createTable("people", keyField: field("id"), in: $0) }
        }
        try store.write { try store.dropTable("people", in: $0) }
        #expect(try store.read { try store.tables(in: $0) }.isEmpty)
        let second = try store.write { try store.createTable("people", keyField: field("name"), in: $0) }
        #expect(second.id != first.id, "an id is never used again")
        #expect(try store.read { try store.recordsCount(of: second, in: $0) } == 0)
    }

    @Test(
        "Names that could not be told apart from TABLE.INDEX are refused", arguments: ["", "a.b", "a b", "a/b", "ü\n"])
    func badNames(name: String) throws {
        let store = try TemporaryStore().store
        let error = #expect(throws: GaplessError.self) {
            try store.write { _ = try store.createTable(name, keyField: field("id"), in: $0) }
        }
        #expect(error?.code == .badName)
    }

    @Test("What does not exist is named in a typed error")
    func missingThings() throws {
        let store = try TemporaryStore().store
        let codes = try store.read { txn in
            let catalog = try store.catalog(in: txn)
            return ["none", "people.none", "none.email"].map { name in
                do {
                    _ = name.contains(".") ? try catalog.index(name).name : try catalog.table(name).name
                    return ErrorCode.defect
                } catch {
                    return (error as? GaplessError)?.code ?? .defect
                }
            }
        }
        #expect(codes == [.noSuchTable, .noSuchIndex, .noSuchTable])
    }

    @Test("The catalog is parsed again only after it changed, and an undone change is forgotten")
    func stamp() throws {
        let store = try TemporaryStore().store
        let first = try store.read { try store.catalog(in: $0) }
        try store.putPeople(person(1, email: "a"))
        #expect(try store.read { try store.catalog(in: $0) } === first, "writing records does not change the catalog")
        struct Undone: Error {}
        #expect(throws: Undone.self) {
            try store.write { txn in
                _ = try store.createTable("other", keyField: field("id"), in: txn)
                #expect(try store.tables(in: txn).count == 2)
                throw Undone()
            }
        }
        #expect(try store.read { try store.tables(in: $0) }.map(\.name) == ["people"])
        _ = try store.declare(field("email"))
        let second = try store.read { try store.catalog(in: $0) }
        #expect(second.stamp != first.stamp)
        #expect(second.indexes.map(\.fullName) == ["people.email"])
    }

    @Test("E5: create, drop, create in every state ends with a fresh index and nothing left of the old one")
    func createDropCreate() throws {
        for state in IndexState.allCases {
            let store = try TemporaryStore().store
            try store.putPeople(person(1, email: "a"), person(2, email: "b"))
            let first = try store.declare(field("email"))
            switch state {
            case .building: break
            case .paused: try store.write { try store.setPaused(first, generation: 1, in: $0) }
            case .blocked: try store.write { try store.setBlocked(first, generation: 1, reason: "test", in: $0) }
            case .ready: try BuildByHand(store, first).run()
            case .dropping:
                try BuildByHand(store, first).run()
                try store.write { _ = try store.declareRebuild(of: first, reason: "test", in: $0) }
            }
            try store.putPeople(person(2, email: "c"))
            try store.write { try store.dropIndex("people.email", in: $0) }
            #expect(try store.read { try store.catalog(in: $0).indexes }.isEmpty)
            try store.putPeople(person(1, email: "d"))

            let second = try store.declare(field("email"))
            #expect(second.id != first.id)
            #expect(second.state == .building, "dropped while \(state)")
            #expect(try store.entries(second).isEmpty)
            #expect(try store.delta(second).isEmpty)
            try store.cleanDropped()
            try BuildByHand(store, second).run()
            #expect(try store.entries(second) == [store.entry("d", 1), store.entry("c", 2)])
            let names = try store.read { try $0.databaseNames() }
            #expect(!names.contains { $0.hasPrefix("i/\(first.id)/") || $0.hasPrefix("d/\(first.id)/") })
        }
    }

    @Test("E5: dropping a name that no index has is an error, also just after it was dropped")
    func dropOfNothing() throws {
        let store = try TemporaryStore().store
        _ = try store.declare(field("email"))
        for expected in [nil, ErrorCode.noSuchIndex] {
            do {
                try store.write { try store.dropIndex("people.email", in: $0) }
                #expect(expected == nil)
            } catch let error as GaplessError {
                #expect(error.code == expected)
            }
        }
    }

    @Test("Cleaning takes bounded steps and touches nothing that lives")
    func cleaning() throws {
        let store = try TemporaryStore().store
        try store.write { txn in
            _ = try store.createTable("other", keyField: field("id"), in: txn)
            var people = store.writer(of: "people")
            var other = store.writer(of: "other")
            for id in 0..<100 {
                try people.put(person(id, email: "a"), in: txn)
                try other.put(person(id, email: "a"), in: txn)
            }
        }
        let index = try store.declare(field("email"))
        try BuildByHand(store, index).run()
        let table = try store.read { try store.table("other", in: $0) }
        try store.write { try store.dropTable("other", in: $0) }
        let steps = try steps(of: store)
        #expect(steps.allSatisfy { $0.removed <= 30 })
        #expect(steps.map(\.removed).reduce(0, +) == 100)
        let names = try store.read { try $0.databaseNames() }
        #expect(!names.contains(Store.recordsDatabase(table: table.id)))
        #expect(!names.contains(Store.deltaDatabase(index: index.id, generation: 1)), "a spent delta goes too")
        #expect(try store.entries(index).count == 100)
        #expect(try store.read { try store.recordsCount(of: store.table("people", in: $0), in: $0) } == 100)
    }

    private func steps(of store: Store) throws -> [CleanOutcome] {
        var steps: [CleanOutcome] = []
        while steps.last?.isDone != true {
            let step = try store.write { try store.cleanDropped(limit: 30, in: $0) }
            steps.append(step)
            if steps.count > 100 { Issue.record("cleaning does not end"); break }
        }
        return steps
    }

    @Test("Cancelling a rebuild keeps the ready generation, cancelling a first build leaves no index")
    func cancelling() throws {
        let store = try TemporaryStore().store
        try store.putPeople(person(1, email: "a"))
        let index = try store.declare(field("email"))
        try BuildByHand(store, index).run()
        try store.write { _ = try store.declareRebuild(of: index, reason: "test", in: $0) }
        try store.write { try store.cancelBuild(of: index, in: $0) }
        #expect(try store.current(index).state == .ready)
        try store.cleanDropped()
        #expect(try store.current(index).generations.map(\.number) == [1])
        let next = try store.write { try store.declareRebuild(of: index, reason: "again", in: $0).index }
        #expect(next.coming?.number == 3, "the number of a cancelled generation is not used again")
        let other = try store.declare(field("name"))
        try store.write { try store.cancelBuild(of: other, in: $0) }
        #expect(try store.read { try store.catalog(in: $0).indexes.map(\.name) } == ["email"])
    }
}
