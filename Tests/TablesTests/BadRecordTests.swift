import LMDB
import Tables
import Testing
import Values

/// Goal: a record that an index cannot take is listed as long as it is bad, blocks publication, and never longer.
@Suite struct BadRecordTests {
    private static let garbage: [UInt8] = [0xC1]

    /// Two good records, one that is not MessagePack, and an index under build.
    private func damaged() throws -> (TemporaryStore, IndexRecord) {
        let temporary = try TemporaryStore()
        let store = temporary.store
        try store.putPeople(person(1, email: "a"), person(3, email: "c"))
        try putRaw(store, 2, Self.garbage)
        return (temporary, try store.declare(field("email")))
    }

    /// As another program would: past the table's checks.
    private func putRaw(_ store: Store, _ id: Int, _ bytes: [UInt8]) throws {
        try store.write { txn in
            try txn.put(idKey(id), bytes, in: store.records(of: store.table("people", in: txn), in: txn))
        }
    }

    private func record(_ store: Store, _ index: IndexRecord, _ id: Int) throws -> Bool {
        let key = try idKey(id)
        return try store.write { try store.recordBad(index, generation: 1, key: key.span.bytes, in: $0) }
    }

    private func listed(_ store: Store, _ index: IndexRecord) throws -> [String] {
        try store.read { try store.badRecords(index, generation: 1, in: $0).map(\.record) }
    }

    private func open(_ store: Store, _ index: IndexRecord) throws -> Int {
        try store.read { try store.openBadRecordsCount(index, generation: 1, in: $0) }
    }

    @Test("A bad record is listed with its key and its error, and refuses publication")
    func listing() throws {
        let (temporary, index) = try damaged()
        let store = temporary.store
        #expect(try record(store, index, 2))
        #expect(try record(store, index, 2), "listing it again changes nothing")
        let rows = try store.read { try store.badRecords(index, generation: 1, in: $0) }
        #expect(rows.map(\.record) == ["2"])
        #expect(rows.first?.error.isEmpty == false)
        #expect(try BuildByHand(store, index).publish() == .badRecords(1))
        #expect(try store.current(index).state == .building)
    }

    @Test("What a scan took for bad is looked at again: a good, rewritten or deleted record is not listed")
    func recheck() throws {
        let (temporary, index) = try damaged()
        let store = temporary.store
        #expect(try !record(store, index, 1))
        #expect(try !record(store, index, 77))
        try store.putPeople(person(2, email: "b"))
        #expect(try !record(store, index, 2))
        #expect(try listed(store, index).isEmpty)
    }

    @Test("Rewriting heals: the record leaves the list and its entries reach the index")
    func healedByPut() throws {
        let (temporary, index) = try damaged()
        let store = temporary.store
        _ = try record(store, index, 2)
        let build = BuildByHand(store, index)
        try build.scan()
        try store.putPeople(person(2, email: "b"))
        #expect(try listed(store, index).isEmpty)
        try build.load()
        #expect(try build.publish() == .published)
        #expect(try store.entries(index) == [store.entry("a", 1), store.entry("b", 2), store.entry("c", 3)])
    }

    @Test("Deleting heals, also with a writer that began its transaction before the record was listed")
    func healedByDelete() throws {
        let (temporary, index) = try damaged()
        let store = temporary.store
        try store.write { txn in
            var writer = store.writer(of: "people")
            try writer.put(person(9, email: "z"), in: txn)
            let key = try idKey(2)
            #expect(try store.recordBad(index, generation: 1, key: key.span.bytes, in: txn))
            try writer.delete(key: key.span.bytes, in: txn)
        }
        #expect(try listed(store, index).isEmpty)
        #expect(try BuildByHand(store, index).publish() == .published)
    }

    @Test("A put that is refused heals nothing")
    func refusedPut() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let many = Value.array((0..<40).map { .int($0) })
        try store.putPeople(person(1, ("a", many), ("b", many)))
        let index = try store.declare(field("a"), field("b"))
        #expect(try record(store, index, 1))
        #expect(throws: GaplessError.self) { try store.putPeople(person(1, ("a", many), ("b", many))) }
        #expect(try listed(store, index) == ["1"])
        #expect(try open(store, index) == 1)
    }

    @Test("Dropping an index takes its list along, and only its own")
    func droppedIndex() throws {
        let (temporary, index) = try damaged()
        let store = temporary.store
        let other = try store.declare(field("city"))
        _ = try (record(store, index, 2), record(store, other, 2))
        try store.write { try store.dropIndex(index.fullName, in: $0) }
        try store.cleanDropped()
        #expect(try listed(store, index).isEmpty)
        #expect(try listed(store, other) == ["2"])
    }

    @Test("A waived record lets the index be published, is still listed, and comes in when it is rewritten")
    func waiving() throws {
        let (temporary, index) = try damaged()
        let store = temporary.store
        _ = try record(store, index, 2)
        let (two, one) = try (idKey(2), idKey(1))
        try store.write { try store.waiveBad(index, generation: 1, key: two.span.bytes, in: $0) }
        let error = #expect(throws: GaplessError.self) {
            try store.write { try store.waiveBad(index, generation: 1, key: one.span.bytes, in: $0) }
        }
        #expect(error?.code == .noSuchRecord)
        #expect(try record(store, index, 2), "found again by a later scan, it stays waived")
        #expect(try open(store, index) == 0)
        try BuildByHand(store, index).run()
        #expect(try store.current(index).state == .ready)
        #expect(try store.verify("people", repairing: false).isClean, "a waived record is no damage")
        #expect(try listed(store, index) == ["2"])
        try store.putPeople(person(2, email: "b"))
        #expect(try listed(store, index).isEmpty)
        #expect(try store.entries(index).contains(store.entry("b", 2)))
    }

    @Test("Lists are paged in key order, long keys included")
    func paging() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let keys = try (0..<25).map { number in
            try KeyEncoding.primaryKey(.string(String(repeating: "k", count: 12 * number + 200) + "\(number)"))
        }
        try store.write { txn in
            let records = try store.records(of: store.table("people", in: txn), in: txn)
            for key in keys { try txn.put(key, Self.garbage, in: records) }
        }
        let index = try store.declare(field("email"))
        try store.write { txn in
            for key in keys { _ = try store.recordBad(index, generation: 1, key: key.span.bytes, in: txn) }
        }
        var found: [[UInt8]] = []
        while true {
            let page = try store.read {
                try store.badRecords(index, generation: 1, after: found.last, limit: 7, in: $0).map(\.key)
            }
            if page.isEmpty { break }
            found += page
        }
        #expect(found.count == keys.count)
        #expect(Set(found) == Set(keys), "the whole key is kept where the row's own key is cut")
    }

    @Test("Only a generation under build lists bad records")
    func wrongState() throws {
        let (temporary, index) = try damaged()
        let store = temporary.store
        try store.deletePeople(2)
        try BuildByHand(store, index).run()
        let error = #expect(throws: GaplessError.self) { try record(store, index, 1) }
        #expect(error?.code == .wrongState)
    }
}
