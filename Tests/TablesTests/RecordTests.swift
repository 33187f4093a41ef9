import LMDB
import Tables
import Testing
import Values

/// Goal: records are stored under the key they hold or refused with a reason, and found by what people type.
@Suite struct RecordTests {
    private func error(_ store: Store, _ record: Value) -> GaplessError? {
        do {
            try store.putPeople(record)
            return nil
        } catch {
            return error as? GaplessError
        }
    }

    private func count(_ store: Store) throws -> Int {
        try store.read { try store.recordsCount(of: store.table("people", in: $0), in: $0) }
    }

    @Test("A record is put, read back, replaced and deleted, in both formats", arguments: ValueFormat.allCases)
    func lifeOfARecord(format: ValueFormat) throws {
        let store = try TemporaryStore(format: format).store
        let table = try store.read { try store.table("people", in: $0) }
        for text in ["a", "b"] {
            try store.putPeople(person(7, email: text))
            #expect(try store.read { try store.record(key: idKey(7), of: table, in: $0) } == person(7, email: text))
        }
        #expect(try count(store) == 1)
        #expect(try store.write { try store.delete(key: idKey(7), from: "people", in: $0) })
        #expect(try !store.write { try store.delete(key: idKey(7), from: "people", in: $0) })
        #expect(try count(store) == 0)
    }

    @Test("A record without a usable key is refused with the field's name")
    func badKeys() throws {
        let store = try TemporaryStore().store
        let long = Value.string(String(repeating: "x", count: 511))
        let bad: [Value] = [
            .array([.int(1)]), .map([MapEntry("name", .string("a"))]), .map([MapEntry("id", .null)]),
            .map([MapEntry("id", .bool(true))]), .map([MapEntry("id", .array([.int(1)]))]),
            .map([MapEntry("id", .double(.nan))]), .map([MapEntry("id", long)]),
        ]
        for record in bad {
            let error = error(store, record)
            #expect(error?.code == .badRecord, "\(record)")
            #expect(error?.message.contains("id") == true)
        }
        #expect(try count(store) == 0)
        let longest = Value.string(String(repeating: "x", count: 510))
        let good: [Value] = [longest, .string(""), .int(-1), .uint(.max), .double(0.5), .bytes([0, 1])]
        for key in good { try store.putPeople(.map([MapEntry("id", key)])) }
        #expect(try count(store) == good.count)
    }

    @Test("An import that must not replace says which key exists, with and without an index", arguments: [false, true])
    func duplicates(hasIndex: Bool) throws {
        let store = try TemporaryStore().store
        if hasIndex { _ = try store.declare(field("email")) }
        try store.putPeople(person(1, email: "a"))
        let error = #expect(throws: GaplessError.self) {
            try store.write { txn in
                try store.put(person(2, email: "b"), into: "people", replacing: false, in: txn)
                try store.put(person(1, email: "c"), into: "people", replacing: false, in: txn)
            }
        }
        #expect(error?.code == .duplicateKey)
        #expect(error?.record == "1")
        #expect(try count(store) == 1, "nothing of the batch is kept")
    }

    @Test("A batch does all its steps in order or none")
    func batches() throws {
        let store = try TemporaryStore().store
        let index = try store.declare(field("email"))
        try BuildByHand(store, index).run()
        try store.write { txn in
            let batch: [RecordOperation] = [
                .put(person(1, email: "a")), .put(person(2, email: "b")), .delete(key: .int(1)),
                .put(person(2, email: "c")),
            ]
            try store.apply(batch, to: "people", in: txn)
        }
        #expect(try store.entries(index) == [store.entry("c", 2)])
        #expect(throws: GaplessError.self) {
            try store.write { try store.apply([.delete(key: .int(2)), .put(.null)], to: "people", in: $0) }
        }
        #expect(try store.entries(index) == [store.entry("c", 2)])
    }

    @Test("A key on the command line is a number or a quoted text first, else plain text, and never a guess")
    func keyTexts() throws {
        let store = try TemporaryStore().store
        let keys: [Value] = [
            .int(42), .int(7), .string("8"), .string("anna"), .string("with \"quotes\""), .double(1.5), .string("7"),
            .bytes([0, 255]), .timestamp(Timestamp(seconds: 0)),
        ]
        for key in keys { try store.putPeople(.map([MapEntry("id", key)])) }
        let found: [(String, Value)] = [
            ("42", .int(42)), ("42.0", .int(42)), ("8", .string("8")), ("\"8\"", .string("8")),
            ("anna", .string("anna")),
            ("\"anna\"", .string("anna")), ("with \"quotes\"", .string("with \"quotes\"")), ("1.5", .double(1.5)),
            ("\"7\"", .string("7")), ("+7", .int(7)), ("x'00ff'", .bytes([0, 255])),
            ("1970-01-01T00:00:00Z", .timestamp(Timestamp(seconds: 0))),
        ]
        try store.read { txn in
            let table = try store.table("people", in: txn)
            for (text, value) in found {
                let expected = try KeyEncoding.primaryKey(value)
                #expect(try store.key(text, of: table, in: txn) == expected, "\(text)")
            }
            for (text, code) in [("7", ErrorCode.ambiguousKey), ("43", .noSuchRecord), ("\"42\"", .noSuchRecord)] {
                let error = #expect(throws: GaplessError.self) { try store.key(text, of: table, in: txn) }
                #expect(error?.code == code)
            }
        }
    }

    @Test("Records of JSON tables are indexed as MessagePack ones are")
    func jsonTable() throws {
        let store = try TemporaryStore(format: .json).store
        try store.putPeople(person(1, email: "a"))
        let index = try store.declare(field("email"))
        try BuildByHand(store, index).run()
        try store.putPeople(person(1, email: "b"), person(2, ("email", .array([.string("c"), .string("d")]))))
        let expected = try [store.entry("b", 1), store.entry("c", 2), store.entry("d", 2)]
        #expect(try store.entries(index) == Set(expected))
    }
}
