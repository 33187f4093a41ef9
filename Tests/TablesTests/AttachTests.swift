// Goal: a database that another program wrote is a table like every other, nothing of it is rewritten, and what does
// not fit is refused by name or listed. Method: environments filled past Gapless; answers compared with plain filters.

import LMDB
import Tables
import Testing
import Values

@Suite("Attached tables")
struct AttachTests {
    private static let numbers: [UInt64] = [0, 1, 2, 200, 255, 256, 257, 300, 65_536, 1 << 40]

    private static let kinds: [(AttachedKeys, Bool)] = [
        (.text, false), (.bytes, false), (.u64be, false), (.u64native, false), (.u64native, true),
    ]

    private func filled(_ kind: (AttachedKeys, Bool)) throws -> ForeignStore {
        let rows = Self.numbers.map { (foreignKey($0, kind.0, isInteger: kind.1), foreignPerson(Int($0))) }
        let foreign = try ForeignStore(flags: kind.1 ? .integerKeys : [], rows)
        try foreign.attach(kind.0)
        return foreign
    }

    @Test("keys of every kind: built, queried, written and verified; what nobody wrote is as it was", arguments: kinds)
    func life(_ kind: (AttachedKeys, Bool)) throws {
        let foreign = try filled(kind)
        let before = try foreign.theirs()
        let index = try foreign.built(field("email"))
        #expect(try foreign.theirs().elementsEqual(before, by: ==))
        #expect(try foreign.store.entries(index).count == Self.numbers.count)
        #expect(try foreign.query("email = 'u257@x'").count == 1)
        let record = try #require(foreign.query("email = 'u257@x'").first)
        // The whole record goes back in, with another email: the index follows, and the key stays out of the value.
        let text = Array(record.replacing("u257@x", with: "new@x").utf8)
        let changed = try Value(json: text.span.bytes, schema: schema(kind))
        try foreign.store.putPeople(changed)
        #expect(try foreign.query("email = 'u257@x'").isEmpty)
        #expect(try foreign.query("email = 'new@x'") == [record.replacing("u257@x", with: "new@x")])
        let now = try foreign.theirs()
        #expect(now.map(\.key) == before.map(\.key))
        let written = try #require(now.first { $0.value.contains("new@x") })
        #expect(written.key == foreignKey(257, kind.0, isInteger: kind.1))
        #expect(written.value == #"{"email":"new@x","age":7}"#)
        _ = try foreign.store.write { try foreign.store.delete(key: written.key, from: "people", in: $0) }
        #expect(try foreign.query("email = 'new@x'").isEmpty)
        #expect(try foreign.theirs().count == Self.numbers.count - 1)
        let report = try foreign.store.verify("people", repairing: false)
        #expect(report.isClean && report.indexes.first?.entries == Self.numbers.count - 1)
    }

    private func schema(_ kind: (AttachedKeys, Bool)) -> Schema {
        kind.0 == .bytes ? Schema([Schema.Field(field("key"), .bytes)]) : Schema()
    }

    @Test("numbers compare as numbers in every test of the key, however they are stored", arguments: kinds.dropFirst(2))
    func ranges(_ kind: (AttachedKeys, Bool)) throws {
        let foreign = try filled(kind)
        let literals = ["0", "1", "256", "256.5", "-1", "-0.5", "1e10", "18446744073709551615", "1e30", "'a'"]
        for literal in literals {
            let bound = Double(literal)
            let tests: [(String, (Double, Double) -> Bool)] = [
                ("=", ==), ("<", <), ("<=", <=), (">", >), (">=", >=),
            ]
            for (operation, holds) in tests {
                let wanted = Self.numbers.filter { number in bound.map { holds(Double(number), $0) } ?? false }
                let found = try foreign.query("key \(operation) \(literal)", orderBy: "key", allowScan: true)
                #expect(found.count == wanted.count, "key \(operation) \(literal)")
                for (row, number) in zip(found, wanted) { #expect(row.hasPrefix("{\"key\":\(number),")) }
            }
        }
        let down = try foreign.query(orderBy: "key desc")
        #expect(down.map { $0.prefix { $0 != "," } } == Self.numbers.reversed().map { "{\"key\":\($0)" })
        #expect(try foreign.query("key BETWEEN 1 AND 256.5", allowScan: true).count == 5)
        #expect(try foreign.query("key IN (1, 2.0, 3, 'x')").count == 2)
        #expect(try foreign.query("key IS NULL OR key STARTS WITH '1'", allowScan: true).isEmpty)
    }

    @Test("tests of text keys are answered from ranges of keys, without a scan")
    func textRanges() throws {
        let foreign = try filled((.text, false))
        #expect(try foreign.query("key STARTS WITH 'user-12'").count == 4)
        #expect(try foreign.query("key < 'user-1002'").count == 2)
        #expect(try foreign.query("key >= 'user-1300' AND key <= 'user-9'").count == 2)
        #expect(try foreign.query("key > 5").isEmpty)
        #expect(try foreign.query("key = 'user-1000'").count == 1)
    }

    @Test("the key is a field that an index may hold, alone or with others")
    func keyInIndex() throws {
        let foreign = try filled((.u64native, true))
        let index = try foreign.built(field("age"), field("key"))
        #expect(try foreign.store.entries(index).count == Self.numbers.count)
        let found = try foreign.query("age = 6 AND key > 1").map { String($0.prefix { $0 != "," }) }
        #expect(found == ["{\"key\":256", "{\"key\":65536", "{\"key\":1099511627776"])
    }

    @Test("records whose keys or values do not fit are listed as bad, block the index, and heal when they go")
    func strays() throws {
        let rows: [([UInt8], [UInt8])] = [
            ([0, 0, 1], foreignPerson(1)), (foreignKey(1, .u64be), foreignPerson(1)),
            (foreignKey(2, .u64be), Array("[1]".utf8)), (foreignKey(3, .u64be), Array(#"{"key":3}"#.utf8)),
            (Array(repeating: 7, count: 9), foreignPerson(2)),
        ]
        let foreign = try ForeignStore(rows)
        try foreign.attach(.u64be)
        let (store, definition) = (foreign.store, IndexDefinition(fields: [field("email")]))
        let index = try store.write { try store.declareIndex(on: "people", definition, in: $0).index }
        try store.write { txn in
            for (key, _) in rows {
                let isBad = try store.recordBad(index, generation: 1, key: key.span.bytes, in: txn)
                #expect(isBad == (key != rows[1].0))
            }
        }
        let listed = try store.read { try store.badRecords(index, generation: 1, in: $0) }
        #expect(listed.map(\.record) == ["2", "3", "x'000001'", "x'070707070707070707'"])
        let build = BuildByHand(store, index)
        try build.scan()
        try build.load()
        try build.drain()
        #expect(try build.publish() == .badRecords(4))
        #expect(throws: GaplessError.self) { try foreign.query("email >= ''") }
        try store.write { txn in
            let table = try store.table("people", in: txn)
            for text in ["x'000001'", "2", "3", "x'070707070707070707'"] {
                #expect(try store.delete(key: store.key(text, of: table, in: txn), from: "people", in: txn))
            }
        }
        #expect(try store.read { try store.openBadRecordsCount(index, generation: 1, in: $0) } == 0)
        #expect(try build.publish() == .published)
        #expect(try foreign.query("email >= ''").count == 1)
    }

    @Test("a scan of records says which one cannot be read, and never goes past it")
    func strayInScan() throws {
        let rows = [(Array("a".utf8), foreignPerson(1)), ([0xFF], foreignPerson(2))]
        let foreign = try ForeignStore(rows)
        try foreign.attach(.text)
        let error = #expect(throws: GaplessError.self) { try foreign.query() }
        #expect(error?.code == .badRecord && error?.record == "x'ff'")
        #expect(throws: GaplessError.self) { try foreign.query("age = 1", allowScan: true) }
    }

    @Test("what is written past Gapless is found by verify and mended by its repair")
    func foreignWrites() throws {
        let foreign = try filled((.text, false))
        _ = try foreign.built(field("email"))
        try foreign.writePast { txn, theirs in
            try txn.put(foreignKey(5, .text), foreignPerson(5), in: theirs)
            try txn.put(foreignKey(1, .text), foreignPerson(99), in: theirs)
            try txn.delete(foreignKey(2, .text), in: theirs)
        }
        let report = try foreign.store.verify("people", repairing: true)
        let found = try #require(report.indexes.first)
        #expect((found.missing, found.stale, found.dangling, found.repaired) == (2, 1, 1, 4))
        #expect(try foreign.store.verify("people", repairing: false).isClean)
        #expect(try foreign.query("email = 'u5@x'").count == 1)
    }
}
