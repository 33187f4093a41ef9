import LMDB
import Tables
import Testing
import Values

/// Goal: a batch, sorted as it is put, leaves exactly what putting one record after the other leaves.
@Suite struct RecordBatchTests {
    private func batch(_ records: [Value]) throws -> RecordBatch {
        var batch = RecordBatch()
        for record in records {
            guard let id = record[field("id")] else { continue }
            let (key, bytes) = try (KeyEncoding.primaryKey(id), record.messagePack)
            batch.append(key: key.span.bytes, record: bytes.span.bytes)
        }
        return batch
    }

    private func contents(_ store: Store) throws -> [[UInt8]: [UInt8]] {
        try store.read { txn in
            let records = try store.records(of: store.table("people", in: txn), in: txn)
            let all = try keys(of: records.name, in: txn)
            return try Dictionary(uniqueKeysWithValues: all.map { ($0, try txn.value(of: $0, in: records) ?? []) })
        }
    }

    @Test("Batches in any order, over and beyond what is there, equal single puts", arguments: [false, true], 1...6)
    func equalsSinglePuts(hasIndexes: Bool, seed: UInt64) throws {
        print("RecordBatchTests seed \(seed)")
        var random = SeededRandom(seed: seed)
        let (one, two) = try (TemporaryStore(), TemporaryStore())
        let indexes = try [one, two].map { temporary in
            guard hasIndexes else { return [IndexRecord]() }
            let ready = try temporary.store.declare(field("email"))
            try BuildByHand(temporary.store, ready).run()
            return try [ready, temporary.store.declare(field("id"), field("email"))]
        }
        for round in 0..<8 {
            let records = (0..<random.below(60)).map { _ in
                // Later rounds reach further: some keys lie beyond the last, some repeat within the batch.
                person(random.below(20 * (round + 1)), email: "e\(random.below(9))")
            }
            try one.store.write { txn in for record in records { try one.store.put(record, into: "people", in: txn) } }
            var batch = try batch(records)
            try two.store.write { txn in
                var writer = two.store.writer(of: "people")
                try writer.put(&batch, in: txn)
            }
            #expect(try contents(one.store) == contents(two.store))
        }
        for (left, right) in zip(indexes[0], indexes[1]) {
            #expect(try one.store.entries(left) == two.store.entries(right))
        }
        if hasIndexes {
            #expect(try one.store.delta(indexes[0][1]) == two.store.delta(indexes[1][1]))
            #expect(try two.store.verify("people", repairing: false).isClean)
        }
    }

    @Test("A refused record is named by its place, wherever its key sorts", arguments: [false, true])
    func refusedPlace(hasIndex: Bool) throws {
        let store = try TemporaryStore().store
        if hasIndex { _ = try store.declare(field("email")) }
        try store.putPeople(person(50, email: "there"))
        let cases: [([Int], Int)] = [([60, 50, 40], 1), ([70, 60, 70], 2), ([10, 20, 10, 30], 2)]
        for (ids, place) in cases {
            let error = #expect(throws: RecordBatchError.self) {
                var batch = try batch(ids.map { person($0, email: "new") })
                try store.write { txn in
                    var writer = store.writer(of: "people")
                    try writer.put(&batch, replacing: false, in: txn)
                }
            }
            #expect(error?.place == place)
            #expect(error?.cause.code == .duplicateKey)
            #expect(try contents(store).count == 1, "nothing of the batch is kept")
        }
    }

    @Test("A batch is used again after it was emptied, and keys of every kind sort as they compare")
    func reuse() throws {
        let store = try TemporaryStore().store
        var used = try batch([person(3, email: "x")])
        used.removeAll()
        #expect(used.count == 0 && used.byteCount == 0)
        let ids: [Value] = [
            .string("b"), .int(-1), .string(""), .bytes([0]), .double(0.5), .string("ba"), .string("a"),
        ]
        var mixed = try batch(ids.map { .map([MapEntry("id", $0)]) })
        try store.write { txn in
            var writer = store.writer(of: "people")
            try writer.put(&mixed, replacing: false, in: txn)
        }
        #expect(try Set(contents(store).keys) == Set(ids.map { try KeyEncoding.primaryKey($0) }))
    }
}
