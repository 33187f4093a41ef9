import Foundation
import GaplessKit
import Testing

/// Goal: what a Codable type holds comes back from the database as it was, in both formats; what does not fit says
/// which field of which record, and why.
@Suite struct CodingTests {
    struct Everything: Codable, Hashable, Sendable {
        struct Place: Codable, Hashable, Sendable {
            var city: String
            var position: [Double]
        }
        enum Kind: String, Codable, Sendable { case person, thing }

        var id: String
        var flag = true
        var small: Int8 = -8
        var large = UInt64.max
        var ratio = 0.1
        var single: Float = 1.5
        var nothing: String?
        var kind = Kind.thing
        var place = Place(city: "Oslo", position: [59.91, 10.75])
        var places: [Place] = []
        var names: [String: Int?] = ["a": 1, "b": nil]
        var at = Date(timeIntervalSince1970: 1_700_000_000.25)
        var before = Date(timeIntervalSince1970: -1.5)
        var data = Data([0, 255, 7])
        var link = URL(filePath: "/a b")
        var identifier = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))
        var free: Value = ["x": [1, nil, 2.5, "t"]]
    }

    private func withTable<Record, R>(
        _ table: Table<Record>, _ body: (Database) throws -> R
    ) throws -> R {
        let scratch = try Scratch()
        let database = try Database.open(scratch.database)
        try database.write { _ = try $0.create(table) }
        return try body(database)
    }

    @Test("both formats give back what was put", arguments: [true, false])
    func roundTrip(isJSON: Bool) throws {
        let table = Table<Everything>(
            "all", key: "id", format: isJSON ? .json : .messagePack, timestamps: isJSON ? ["at", "before"] : [],
            bytes: isJSON ? ["data"] : [])
        let everything = Everything(id: "k\u{301}")
        try withTable(table) { (database) throws in
            try database.write { try $0.put(everything, into: table) }
            #expect(try database.read { try $0.get(everything.id, from: table) } == everything)
            #expect(try database.read { try $0.query(table, allowScan: true) } == [everything])
        }
    }

    @Test("an instant and bytes are read from a JSON table that does not know them as such")
    func withoutSchema() throws {
        struct Event: Codable, Hashable, Sendable {
            var id: Int
            var at = Date(timeIntervalSince1970: 5)
            var data = Data([1, 2, 3])
        }
        let table = Table<Event>("events", key: "id", format: .json)
        try withTable(table) { (database) throws in
            try database.write { try $0.put(Event(id: 1), into: table) }
            #expect(try database.read { try $0.get(1, from: table) } == Event(id: 1))
        }
    }

    @Test("records of any shape are values, and keep what a type would not know")
    func values() throws {
        let table = Table<Value>("any", key: "id")
        var value: Value = ["id": 1, "a": ["b": true], "list": [nil, -1.5]]
        value["raw"] = .bytes([1, 2])
        value["at"] = .timestamp(seconds: -5, nanoseconds: 7)
        value["big"] = .uint(.max)
        value["ext"] = .opaque(type: 9, bytes: [3])
        try withTable(table) { (database) throws in
            try database.write { try $0.put(value, into: table) }
            #expect(try database.read { try $0.get(1, from: table) } == value)
        }
        #expect(value["a"]?["b"] == true && value["none"] == nil)
        value["a"] = nil
        #expect(value["a"] == nil)
        let json = try JSONDecoder().decode(Value.self, from: Data(#"{"a":[1,2.5,"t",null,true]}"#.utf8))
        #expect(json == ["a": [1, 2.5, "t", nil, true]])
        #expect(String(decoding: try JSONEncoder().encode(json), as: UTF8.self) == #"{"a":[1,2.5,"t",null,true]}"#)
    }

    @Test("a record that does not fit its type names the record, the field, and what is there")
    func misfit() throws {
        let loose = Table<Value>("people", key: "id")
        try withTable(loose) { (database) throws in
            try database.write { txn in
                try txn.put(["id": 1, "email": 5], into: loose)
                try txn.put(["id": 2], into: loose)
                try txn.put(["id": 3, "email": "c", "age": 2.5], into: loose)
                try txn.put(["id": 4, "email": "d", "age": 2.0], into: loose)
            }
            let misfits = [(1, "field email: the number 5 is no String"), (2, "lacks the field email"), (3, "2.5")]
            for (id, words) in misfits {
                let misfit = error { try database.read { try $0.get(id, from: Person.table) } }
                #expect(misfit?.code == .badRecord && misfit?.record == "\(id)")
                #expect(misfit?.message.contains(words) == true, "\(misfit?.message ?? "")")
            }
            #expect(try database.read { try $0.get(4, from: Person.table) }?.age == 2, "nothing of 2.0 is lost")
        }
    }

    @Test("what cannot be a record or a key is refused before anything is written")
    func refused() throws {
        let numbers = Table<Int>("people", key: "id")
        let loose = Table<Value>("people", key: "id")
        try withTable(loose) { (database) throws in
            #expect(error { try database.write { try $0.put(5, into: numbers) } }?.code == .badRecord)
            #expect(error { try database.write { try $0.put(["name": "a"], into: loose) } }?.code == .badRecord)
            #expect(error { try database.write { try $0.put(["id": nil], into: loose) } }?.code == .badRecord)
            let instant: Value = ["id": 1, "at": .timestamp(seconds: 0, nanoseconds: .max)]
            #expect(error { try database.write { try $0.put(instant, into: loose) } }?.code == .badRecord)
            #expect(try database.read { try $0.count(loose) } == 0)
        }
    }
}
