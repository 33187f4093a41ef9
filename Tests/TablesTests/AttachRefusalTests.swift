// Goal: what cannot be a table is refused with a code and a reason, and nothing of another program's is ever removed.
// Method: one case each; after a drop and a cleaning the database is compared with what was in it.

import LMDB
import Tables
import Testing
import Values

@Suite("Attached tables: refusals and detaching")
struct AttachRefusalTests {
    private func code(_ body: () throws -> Void) -> ErrorCode? {
        do {
            try body()
            return nil
        } catch {
            return GaplessError(wrapping: error).code
        }
    }

    private func filled() throws -> ForeignStore {
        try ForeignStore((0..<20).map { (foreignKey(UInt64($0), .text), foreignPerson($0)) })
    }

    @Test("databases with several values a key, or keys compared in other ways, are refused")
    func flags() throws {
        for flags in [DatabaseFlags.duplicates, .reversedKeys] {
            // A record that would fit: nothing but the flags speaks against it.
            let foreign = try ForeignStore(flags: flags, [(foreignKey(1, .text), foreignPerson(1))])
            #expect(code { try foreign.attach(.text) } == .notAttachable)
        }
        let native = try ForeignStore(flags: .integerKeys, [(foreignKey(1, .u64be), foreignPerson(1))])
        for keys in [AttachedKeys.text, .bytes, .u64be] {
            #expect(code { try native.attach(keys) } == .notAttachable)
        }
        #expect(code { try native.attach(.u64native) } == nil)
    }

    @Test("names: absent, unnamed, of Gapless itself, taken; a record of the main database is no database")
    func names() throws {
        let foreign = try filled()
        let store = foreign.store
        func attach(_ database: String, as name: String = "t") -> ErrorCode? {
            code {
                try store.write { txn in
                    _ = try store.attachTable(
                        name, database: database, keys: .text, keyField: field("key"), format: .json, in: txn)
                }
            }
        }
        #expect(attach("nope") == .noSuchDatabase)
        #expect(attach("") == .notAttachable)
        _ = try store.write { try store.createTable("own", keyField: field("id"), in: $0) }
        let definition = IndexDefinition(fields: [field("a")])
        _ = try store.write { try store.declareIndex(on: "own", definition, in: $0) }
        let all = try store.read { try $0.databaseNames() }
        for name in all where name != "theirs" {
            #expect([.notAttachable, .alreadyExists].contains(attach(name)), "\(name)")
        }
        #expect(attach("theirs", as: "own") == .alreadyExists)
        #expect(attach("theirs", as: "no/name") == .badName)
        #expect(attach("theirs") == nil)
        #expect(attach("theirs", as: "again") == .alreadyExists)
    }

    @Test("keys and values that are plainly not as declared are refused; one stray among them is not")
    func declarations() throws {
        let foreign = try filled()
        #expect(code { try foreign.attach(.u64be) } == .notAttachable)
        #expect(code { try foreign.attach(.text, format: .messagePack) } == .notAttachable)
        #expect(code { try foreign.attach(.text, keyField: "email") } == .notAttachable)
        #expect(code { try foreign.attach(.text, keyField: "a.b") } == .badName)
        try foreign.writePast { txn, theirs in try txn.put([1, 0xFF], [0xC1], in: theirs) }
        #expect(code { try foreign.attach(.text) } == nil)
    }

    @Test("dropping detaches: indexes go, every record of the other program stays, and it may be attached again")
    func detaching() throws {
        let foreign = try filled()
        try foreign.attach(.text)
        let index = try foreign.built(field("email"))
        let before = try foreign.theirs()
        try foreign.store.write { try foreign.store.dropTable("people", in: $0) }
        try foreign.store.cleanDropped()
        #expect(try foreign.theirs().elementsEqual(before, by: ==))
        let names = try foreign.store.read { try $0.databaseNames() }
        #expect(!names.contains(Store.indexDatabase(index: index.id, generation: 1)))
        try foreign.attach(.text)
        _ = try foreign.built(field("email"))
        #expect(try foreign.query("email = 'u3@x'").count == 1)
    }

    @Test("a database that its program took away, or made anew in another way, is named; the table can be dropped")
    func takenAway() throws {
        let foreign = try filled()
        try foreign.attach(.text)
        _ = try foreign.built(field("email"))
        let store = foreign.store
        try foreign.writePast { txn, theirs in try txn.drop(theirs) }
        #expect(code { _ = try foreign.query("email = 'u3@x'") } == .noSuchDatabase)
        #expect(code { try store.putPeople(.map([MapEntry("key", .string("a"))])) } == .noSuchDatabase)
        #expect(code { _ = try store.verify("people", repairing: true) } == .noSuchDatabase)
        let count = try store.read { try store.recordsCountIfThere(of: store.table("people", in: $0), in: $0) }
        #expect(count == nil)
        _ = try store.environment.write { try $0.createDatabase("theirs", flags: .integerKeys) }
        #expect(code { _ = try foreign.query("email = 'u3@x'") } == .notAttachable)
        try store.write { try store.dropTable("people", in: $0) }
        try store.cleanDropped()
        #expect(try store.read { try store.tables(in: $0) }.isEmpty)
    }

    @Test("records that cannot be told from the key, or have none, are refused; a path may name the key instead")
    func badPuts() throws {
        let foreign = try filled()
        let table = try foreign.attach(.text)
        let store = foreign.store
        let keys = [Value.int(1), .string(""), .null].map { Value.map([MapEntry("key", $0)]) }
        for record in keys + [.map([]), .array([])] {
            #expect(code { try store.putPeople(record) } == .badRecord)
        }
        let completed = try table.completing(.map([MapEntry("age", .int(1))]), withKey: "x")
        #expect(completed == .map([MapEntry("key", .string("x")), MapEntry("age", .int(1))]))
        let own = Value.map([MapEntry("key", .string("y"))])
        #expect(try table.completing(own, withKey: "x") == own)
        #expect(try foreign.theirs().count == 20)
    }
}
