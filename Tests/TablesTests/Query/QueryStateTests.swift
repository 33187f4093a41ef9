import LMDB
import Testing
import Values

@testable import Tables

/// An index answers completely or refuses with a typed error: states, snapshots, damage.
@Suite struct QueryStateTests {
    private func filled(_ state: IndexState, fields: String...) throws -> (QueryStore, IndexRecord) {
        let store = try QueryStore()
        let index = try store.index(fields, state: state)
        try store.put(fields: (0..<10).map { [("a", .int($0)), ("b", .int($0 % 2))] })
        return (store, index)
    }

    @Test(
        "R3: an index that is not ready refuses with a typed, retryable error that names it",
        arguments: [IndexState.building, .paused, .blocked])
    func refuses(_ state: IndexState) throws {
        let (store, _) = try filled(state, fields: "a")
        let error = try #require(try store.refusal("a = 3"))
        #expect(error.code == (state == .blocked ? .indexBlocked : .indexNotReady))
        #expect(error.retryable)
        #expect(error.index == "t.a")
        #expect(error.state == state)
        #expect(error.retryAfterSeconds != nil)
        #expect(throws: GaplessError.self) { try store.store.explain(try Query(where: "a = 3"), table: "t") }
        #expect(try store.found("a = 3", allowScan: true) == [4])
        #expect(try store.refusal("b = 1")?.code == .noIndex)
    }

    @Test("R3: an index that was dropped serves nothing, and says NO_INDEX")
    func dropped() throws {
        let (store, _) = try filled(.ready, fields: "a")
        #expect(try store.found("a = 3") == [4])
        try store.store.write { try store.store.dropIndex("t.a", in: $0) }
        #expect(try store.refusal("a = 3")?.code == .noIndex)
    }

    @Test("a missing table is NO_SUCH_TABLE")
    func noTable() throws {
        let store = try QueryStore()
        let error = try #require(throws: GaplessError.self) {
            try store.ids(try Query(where: "a = 1"), table: "nowhere")
        }
        #expect(error.code == .noSuchTable)
    }

    @Test("R4: the planner never chooses an index that is not ready, however few entries it has")
    func onlyReady() throws {
        let store = try QueryStore()
        try store.index("a")
        try store.index("b", state: .building)
        try store.put(fields: (0..<10).map { [("a", .int($0)), ("b", .int(1))] })
        #expect(try store.store.explain(try Query(where: "a >= 0 AND b = 1"), table: "t").index == "t.a")
        #expect(try store.found("a >= 0 AND b = 1") == Array(1...10))
        #expect(try store.refusal("a = 1 OR b = 1")?.index == "t.b")
        #expect(try store.refusal("a = 1 OR b = 1")?.code == .indexNotReady)
    }

    @Test("R4: with a blocked and a building index, the one to wait for is named")
    func blockedAndBuilding() throws {
        let store = try QueryStore()
        try store.index("a", state: .blocked)
        try store.index("a", "b", state: .building)
        #expect(try store.refusal("a = 1")?.code == .indexBlocked)
        #expect(try store.refusal("a = 1 AND b = 1")?.code == .indexNotReady)
        #expect(try store.refusal("a = 1 AND b = 1")?.index == "t.a_b")
    }

    @Test("during a rebuild the ready generation answers; after it the new one, completely")
    func rebuild() throws {
        let (store, index) = try filled(.ready, fields: "a")
        let rebuilt = try store.store.write { try store.store.declareRebuild(of: index, reason: "test", in: $0).index }
        #expect(rebuilt.generations.count == 2)
        #expect(try store.found("a >= 0") == Array(1...10))
        try store.store.write { try store.set(rebuilt, to: .blocked, generation: 2, $0) }
        #expect(try store.found("a >= 0") == Array(1...10))
    }

    @Test("R1: the state is read in the query's own transaction: publishing is seen by the next query")
    func publishing() throws {
        let (store, index) = try filled(.building, fields: "a")
        #expect(try store.refusal("a = 3")?.code == .indexNotReady)
        try store.store.write { try store.set(index, to: .ready, generation: 1, $0) }
        #expect(try store.found("a = 3") == [4])
    }

    /// ```
    ///   reader                        writer
    ///   begin; a = 1 -> record 2
    ///                                 drop the index, delete record 2, commit
    ///   a = 1 -> record 2
    ///   end;   a = 1 -> refused
    /// ```
    @Test("R5: two queries of one transaction see one snapshot, though the index goes away between them")
    func oneSnapshot() throws {
        let (store, _) = try filled(.ready, fields: "a")
        let query = try Query(where: "a = 1")
        try store.store.read { txn in
            var first: [[UInt8]] = []
            try store.store.query(query, table: "t", in: txn) { row in
                first.append(row.withKey { $0.copied })
                return true
            }
            try changeElsewhere(store)
            var second: [[UInt8]] = []
            try store.store.query(query, table: "t", in: txn) { row in
                second.append(row.withKey { $0.copied })
                return true
            }
            #expect(first.count == 1)
            #expect(first == second)
        }
        #expect(try store.refusal("a = 1")?.code == .noIndex)
    }

    @Test("R5: a query that is under way goes on at its snapshot")
    func underWay() throws {
        let (store, _) = try filled(.ready, fields: "a")
        var ids: [Value] = []
        try store.store.query(try Query(where: "a >= 0"), table: "t") { row in
            if ids.isEmpty { try changeElsewhere(store) }
            ids.append(try row.value()[try FieldPath("id")] ?? .null)
            return true
        }
        #expect(ids == (1...10).map { .int($0) })
    }

    /// Drops the index and deletes a record, on a thread of its own as another process would.
    private func changeElsewhere(_ store: QueryStore) throws {
        let key = try KeyEncoding.primaryKey(.int(2))
        let tables = store.store
        try onAnotherThread {
            try tables.write { txn in
                try tables.dropIndex("t.a", in: txn)
                try tables.delete(key: key, from: "t", in: txn)
            }
        }
    }

    @Test("an entry that leads to no record is damage: the query throws instead of going on")
    func dangling() throws {
        let (store, _) = try filled(.ready, fields: "a")
        let tables = store.store
        try tables.write { txn in
            let records = try txn.database(Store.recordsDatabase(table: tables.table("t", in: txn).id))
            try txn.delete(KeyEncoding.primaryKey(.int(4)), in: records)
        }
        #expect(try store.refusal("a = 3")?.code == .corrupt)
        #expect(try store.found("a = 4") == [5])
    }

    @Test("a malformed record stops a scan with BAD_RECORD and its key")
    func malformed() throws {
        let (store, _) = try filled(.ready, fields: "a")
        let tables = store.store
        try tables.write { txn in
            let records = try txn.database(Store.recordsDatabase(table: tables.table("t", in: txn).id))
            try txn.put(KeyEncoding.primaryKey(.int(11)), [0x82, 0xA1], in: records)
        }
        let error = try #require(try store.refusal("b = 1", allowScan: true))
        #expect(error.code == .badRecord)
        #expect(error.record == "11")
        #expect(try store.found("a = 3") == [4])
    }
}
