import LMDB
import Tables
import Testing
import Values

/// Goal: what a write of a record does to indexes and deltas, in each state (DESIGN section 3).
@Suite struct MaintenanceTests {
    private static let underBuild: [IndexState] = [.building, .paused, .blocked]

    private func store(in state: IndexState, _ records: Value...) throws -> (TemporaryStore, IndexRecord) {
        let temporary = try TemporaryStore()
        let store = temporary.store
        for record in records { try store.putPeople(record) }
        let index = try store.declare(field("email"))
        switch state {
        case .building: break
        case .paused: try store.write { try store.setPaused(index, generation: 1, in: $0) }
        case .blocked: try store.write { try store.setBlocked(index, generation: 1, reason: "test", in: $0) }
        case .ready, .dropping: try BuildByHand(store, index).run()
        }
        return (temporary, index)
    }

    @Test("W3: rewriting the same value marks all its entries present in every unready state", arguments: underBuild)
    func nothingIsElided(state: IndexState) throws {
        let (temporary, index) = try store(in: state, person(1, email: "a"))
        try temporary.store.putPeople(person(1, email: "a"))
        #expect(try temporary.store.delta(index) == [temporary.store.entry("a", 1): true])
        #expect(try temporary.store.entries(index).isEmpty, "the index itself is the loader's")
    }

    @Test("A write under build marks what is gone as tombstone and all that is there as present", arguments: underBuild)
    func deltaHoldsBoth(state: IndexState) throws {
        let (temporary, index) = try store(in: state, person(1, ("email", .array([.string("a"), .string("b")]))))
        let store = temporary.store
        try store.putPeople(person(1, ("email", .array([.string("b"), .string("c")]))))
        let expected = try [store.entry("a", 1): false, store.entry("b", 1): true, store.entry("c", 1): true]
        #expect(try store.delta(index) == expected)
    }

    @Test("W2: a delete under build leaves tombstones for every entry of the record", arguments: underBuild)
    func deleteLeavesTombstones(state: IndexState) throws {
        let (temporary, index) = try store(in: state, person(1, ("email", .array([.string("a"), .string("b")]))))
        try temporary.store.deletePeople(1)
        let expected = try [temporary.store.entry("a", 1): false, temporary.store.entry("b", 1): false]
        #expect(try temporary.store.delta(index) == expected)
    }

    @Test("A write to a ready index changes the index and leaves no delta")
    func readyIsKeptExact() throws {
        let (temporary, index) = try store(in: .ready, person(1, email: "a"), person(2, email: "b"))
        let store = temporary.store
        try store.putPeople(person(1, email: "c"), person(3, email: "d"))
        try store.deletePeople(2)
        #expect(try store.entries(index) == [store.entry("c", 1), store.entry("d", 3)])
        #expect(try store.delta(index).isEmpty)
    }

    @Test("W7: a rebuild writes to the ready generation's index and to the coming one's delta")
    func rebuildWritesBoth() throws {
        let (temporary, index) = try store(in: .ready, person(1, email: "a"))
        let store = temporary.store
        try store.write { _ = try store.declareRebuild(of: index, reason: "test", in: $0) }
        try store.putPeople(person(1, email: "b"))
        #expect(try store.entries(index) == [store.entry("b", 1)])
        #expect(try store.delta(index, generation: 2) == [store.entry("a", 1): false, store.entry("b", 1): true])
        try BuildByHand(store, index, generation: 2).run()
        #expect(try store.entries(index, generation: 2) == [store.entry("b", 1)])
        #expect(try store.current(index).generation(1)?.state == .dropping)
        try store.putPeople(person(1, email: "c"))
        #expect(try store.entries(index) == [store.entry("b", 1)], "a dropping generation is left alone")
        #expect(try store.entries(index, generation: 2) == [store.entry("c", 1)])
    }

    /// Writes of one record in one transaction, and the text it has afterwards.
    enum Sequence: String, CaseIterable {
        case putPut, putDelete, deletePut, putDeletePut

        func run(_ store: Store) throws {
            try store.write { txn in
                switch self {
                case .putPut:
                    try store.put(person(1, email: "x"), into: "people", in: txn)
                    try store.put(person(1, email: "y"), into: "people", in: txn)
                case .putDelete:
                    try store.put(person(1, email: "x"), into: "people", in: txn)
                    try store.delete(key: idKey(1), from: "people", in: txn)
                case .deletePut:
                    try store.delete(key: idKey(1), from: "people", in: txn)
                    try store.put(person(1, email: "y"), into: "people", in: txn)
                case .putDeletePut:
                    try store.put(person(1, email: "x"), into: "people", in: txn)
                    try store.delete(key: idKey(1), from: "people", in: txn)
                    try store.put(person(1, email: "y"), into: "people", in: txn)
                }
            }
        }
    }

    @Test("W5: two writes to one record in one transaction leave no orphan", arguments: Sequence.allCases)
    func stagedRecordIsTheOldOne(sequence: Sequence) throws {
        for state in Self.underBuild + [.ready] {
            let (temporary, index) = try store(in: state, person(1, email: "a"))
            let store = temporary.store
            try sequence.run(store)
            if state != .ready {
                if state != .building { try store.write { try store.setBuilding(index, generation: 1, in: $0) } }
                // What a scan before the writes had found: only tombstones can take it away again.
                let name = Store.indexDatabase(index: index.id, generation: 1)
                try store.write { txn in try txn.put(store.entry("a", 1), [], in: txn.database(name)) }
                #expect(try BuildByHand(store, index).publish() == .published)
            }
            let expected: Set<[UInt8]> = sequence == .putDelete ? [] : [try store.entry("y", 1)]
            #expect(try store.entries(index) == expected, "\(sequence) while \(state)")
        }
    }

    @Test("W6: rewriting a record whose entries were lost repairs it in every unready state", arguments: underBuild)
    func rewriteRepairs(state: IndexState) throws {
        let (temporary, index) = try store(in: state, person(1, email: "a"))
        let store = temporary.store
        if state != .building { try store.write { try store.setBuilding(index, generation: 1, in: $0) } }
        try store.putPeople(person(1, email: "a"))
        #expect(try BuildByHand(store, index).publish() == .published, "nothing was scanned: the delta alone must do")
        #expect(try store.entries(index) == [store.entry("a", 1)])
    }

    @Test("A record that an index cannot take is refused, and nothing of it is written")
    func badRecordIsRefused() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let wide = try store.declare(field("a"), field("b"))
        let narrow = try store.declare(field("email"))
        try store.putPeople(person(1, email: "a"))
        let before = try (store.delta(wide), store.delta(narrow))
        let many = Value.array((0..<40).map { .int($0) })
        try store.write { txn in
            let error = #expect(throws: GaplessError.self) {
                try store.put(person(1, ("a", many), ("b", many), ("email", .string("z"))), into: "people", in: txn)
            }
            #expect(error?.code == .badRecord)
            #expect(error?.index == wide.fullName)
        }
        #expect(try store.delta(wide) == before.0)
        #expect(try store.delta(narrow) == before.1)
        try store.read { txn in
            let table = try store.table("people", in: txn)
            #expect(try store.record(key: idKey(1), of: table, in: txn) == person(1, email: "a"))
        }
    }

    @Test("The entries of a record that a new index cannot take are still found in the older index")
    func oldEntriesOfBadRecord() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let narrow = try store.declare(field("email"))
        try BuildByHand(store, narrow).run()
        let many = Value.array((0..<40).map { .int($0) })
        try store.putPeople(person(1, ("a", many), ("b", many), ("email", .string("z"))))
        _ = try store.declare(field("a"), field("b"))
        #expect(try store.entries(narrow) == [store.entry("z", 1)])
        try store.putPeople(person(1, email: "y"))
        #expect(try store.entries(narrow) == [store.entry("y", 1)])
        try store.deletePeople(1)
        #expect(try store.entries(narrow).isEmpty)
    }

    @Test("W9: a writer that is used again after its transaction was undone writes the same")
    func writerSurvivesAborts() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        var writer = store.writer(of: "people")
        struct Undone: Error {}
        #expect(throws: Undone.self) {
            try store.write { txn in
                _ = try store.declareIndex(on: "people", IndexDefinition(fields: fields("email")), in: txn)
                try writer.put(person(1, email: "a"), in: txn)
                throw Undone()
            }
        }
        _ = try store.write { txn in try writer.put(person(1, email: "b"), in: txn) }
        let index = try store.declare(field("email"))
        _ = try store.write { txn in try writer.put(person(2, email: "c"), in: txn) }
        #expect(try store.delta(index) == [store.entry("c", 2): true])
    }

    @Test("An index declared in the middle of a transaction takes the writes after it")
    func catalogChangeWithinTransaction() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let index = try store.write { txn in
            var writer = store.writer(of: "people")
            try writer.put(person(1, email: "a"), in: txn)
            let index = try store.declareIndex(on: "people", IndexDefinition(fields: fields("email")), in: txn).index
            try writer.put(person(2, email: "b"), in: txn)
            return index
        }
        #expect(try store.delta(index) == [store.entry("b", 2): true])
    }
}
