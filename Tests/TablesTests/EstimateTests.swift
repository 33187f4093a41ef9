import LMDB
import Tables
import Testing
import Values

/// Goal: an estimate counts what a build would find, exactly when it looks at all records and nearly when at some, and
/// writes nothing.
@Suite struct EstimateTests {
    private func filled(_ count: Int) throws -> TemporaryStore {
        let temporary = try TemporaryStore()
        let store = temporary.store
        try store.write { txn in
            for id in 0..<count {
                let tags = Value.array((0..<id % 4).map { .int(Int64($0)) })
                let city: Value = id % 5 == 0 ? .null : .string("city \(id % 7)")
                try store.put(person(id, ("tags", tags), ("city", city)), into: "people", in: txn)
            }
        }
        return temporary
    }

    private func estimate(_ store: Store, _ texts: String..., nulls: Bool = true, sample: Int? = nil) throws
        -> IndexEstimate
    {
        try store.estimate(
            IndexDefinition(fields: texts.map(field), indexesNulls: nulls), on: "people", sample: sample)
    }

    @Test("all records: entries, records without any and bad records are those of the build that follows")
    func whole() throws {
        let temporary = try filled(1_000)
        let store = temporary.store
        try store.write { txn in
            try txn.put(idKey(5_000), [0xC1], in: store.records(of: store.table("people", in: txn), in: txn))
        }
        let before = try store.read { $0.id }
        let found = try estimate(store, "tags")
        #expect(try store.read { $0.id } == before, "nothing was written")
        #expect(found.recordsTotal == 1_001 && found.recordsExamined == 1_001 && found.isWhole)
        #expect(found.entriesTotal == 1_500)
        #expect(found.recordsWithoutEntries == 250)
        #expect(found.entriesPerRecordMax == 3)
        #expect(found.badRecords == 1)
        #expect(found.badExamples.map(\.record) == ["5000"])
        let index = try store.declare(field("tags"))
        #expect(try store.wantedEntries(index).count == found.entriesTotal)
        #expect(try estimate(store, "city", nulls: false).entriesTotal == 800)
        #expect(try estimate(store, "city", "tags").entriesTotal == 1_500)
    }

    @Test("a sample is spread over the table and scaled; it never looks at more than was asked for")
    func sampled() throws {
        let temporary = try filled(5_000)
        for sample in [1, 64, 500, 4_999, 5_000, 9_999] {
            let found = try estimate(temporary.store, "tags", sample: sample)
            #expect(found.recordsExamined <= sample)
            #expect(found.recordsTotal == 5_000)
            if sample >= 64 { #expect(found.recordsExamined > sample / 2) }
            if sample >= 500 { #expect(abs(found.entriesTotal - 7_500) < 750, "\(sample): \(found.entriesTotal)") }
        }
        // A stretch from the end is in a sample: its keys are those of the last records.
        let found = try estimate(temporary.store, "id", sample: 640)
        let last = try KeyEncoding.indexKey([.int(4_800)])
        #expect(found.kept.contains { last.lexicographicallyPrecedes($0) })
    }

    @Test("bytes of the index are those that an index filled by appending takes", arguments: [200, 20_000])
    func bytes(records: Int) throws {
        let temporary = try filled(records)
        let store = temporary.store
        let found = try estimate(store, "city", "tags")
        let index = try store.declare(field("city"), field("tags"))
        let build = BuildByHand(store, index)
        try build.run()
        let statistics = try store.read { txn in
            try txn.statistics(of: txn.database(Store.indexDatabase(index: index.id, generation: 1)))
        }
        let bytes = (statistics.leafPages + statistics.branchPages) * 4_096
        #expect(abs(found.indexBytes - bytes) <= max(bytes / 10, 3 * 4_096), "\(found.indexBytes) for \(bytes)")
    }

    @Test("an empty table has nothing, and no table is an error")
    func empty() throws {
        let temporary = try TemporaryStore()
        let found = try estimate(temporary.store, "a", sample: 10)
        #expect(found.recordsTotal == 0 && found.entriesTotal == 0 && found.isWhole)
        #expect(throws: GaplessError.self) {
            try temporary.store.estimate(IndexDefinition(fields: [field("a")]), on: "nope")
        }
    }
}
