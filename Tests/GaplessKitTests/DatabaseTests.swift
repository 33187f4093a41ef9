import GaplessKit
import Glibc
import Tables
import Testing

/// Goal: what an application does with tables and records works in its own types, whole or not at all, and what it does
/// wrong is said by a typed error that names the thing.
@Suite struct DatabaseTests {
    private func open() throws -> (Scratch, Database) {
        let scratch = try Scratch()
        let database = try Database.open(scratch.database)
        try database.write { _ = try $0.create(Person.table) }
        return (scratch, database)
    }

    @Test("records are put, replaced, inserted once, read and deleted")
    func records() throws {
        let (_, database) = try open()
        let ann = Person(id: 1, email: "ann", age: 34)
        try database.write { txn in
            try txn.put(ann, into: Person.table)
            try txn.insert(Person(id: 2, email: "bob"), into: Person.table)
            #expect(try txn.get(2, from: Person.table)?.email == "bob", "a transaction sees what it wrote")
        }
        #expect(try database.read { try $0.get(1, from: Person.table) } == ann)
        #expect(try database.read { try $0.get(3, from: Person.table) } == nil)
        try database.write { try $0.put(Person(id: 1, email: "ann@"), into: Person.table) }
        #expect(try database.read { try $0.get(1, from: Person.table) } == Person(id: 1, email: "ann@"))
        let duplicate = error { try database.write { try $0.insert(ann, into: Person.table) } }
        #expect(duplicate?.code == .duplicateKey && duplicate?.record == "1" && duplicate?.isRetryable == false)
        #expect(try database.write { try $0.delete(1, from: Person.table) })
        #expect(try database.write { try !$0.delete(1, from: Person.table) })
        #expect(try database.read { try $0.count(Person.table) } == 1)
    }

    private struct OwnError: Error {}

    @Test("a body that throws keeps nothing, and its own error comes out as it is")
    func abort() throws {
        let (_, database) = try open()
        #expect(throws: OwnError.self) {
            try database.write { txn in
                try txn.put(Person(id: 1, email: "ann"), into: Person.table)
                throw OwnError()
            }
        }
        #expect(try database.read { try $0.count(Person.table) } == 0)
    }

    @Test("asynchronous variants run beside the caller, and a snapshot stays what it was")
    func asynchronous() async throws {
        let scratch = try Scratch()
        let database = try await Database.open(scratch.database)
        try await database.write { _ = try $0.create(Person.table) }
        await #expect(throws: DatabaseError.self) { try await Database.open(scratch.database) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 1...20 {
                let person = Person(id: id, email: "a")
                group.addTask { try await database.write { try $0.put(person, into: Person.table) } }
            }
            try await group.waitForAll()
        }
        #expect(try await database.read { try $0.count(Person.table) } == 20)
        await #expect(throws: DatabaseError.self) {
            try await database.write { try $0.insert(Person(id: 1, email: "b"), into: Person.table) }
        }
    }

    @Test("a table declared again is left as it is; with another meaning it is refused")
    func tables() throws {
        let (_, database) = try open()
        #expect(try database.write { try !$0.create(Person.table) })
        for other in [
            Table<Person>("people", key: "email"), Table("people", key: "id", format: .json),
            Table("people", key: "id", timestamps: ["born"]),
        ] {
            #expect(error { try database.write { try $0.create(other) } }?.code == .alreadyExists)
        }
        #expect(error { try database.write { try $0.create(Table<Person>("a/b", key: "id")) } }?.code == .badName)
        #expect(error { try database.write { try $0.create(Table<Person>("a", key: "")) } }?.code == .badDefinition)
        let missing = Table<Person>("nobody", key: "id")
        let ann = Person(id: 1, email: "ann")
        #expect(error { try database.write { try $0.put(ann, into: missing) } }?.code == .noSuchTable)
        #expect(error { try database.read { try $0.get(1, from: missing) } }?.code == .noSuchTable)
        try database.write { try $0.drop(Person.table) }
        #expect(try database.read { try $0.tables() } == [])
    }

    @Test("an index declared again is left as it is; with another meaning it is refused")
    func indexes() throws {
        let (_, database) = try open()
        let index = try database.write { try $0.declareIndex(on: Person.table, "email", isUnique: true) }
        #expect(index.name == "people.email" && index.state == .building && index.isUnique && index.fields == ["email"])
        #expect(try database.write { try $0.declareIndex(on: Person.table, "email", isUnique: true) } == index)
        let other = error { try database.write { try $0.declareIndex(on: Person.table, "email") } }
        #expect(other?.code == .alreadyExists && other?.index == "people.email")
        #expect(try database.read { try $0.indexes(of: Person.table) } == [index])
        #expect(error { try database.read { try $0.index("people.age") } }?.code == .noSuchIndex)
        try database.write { try $0.dropIndex("people.email") }
        #expect(try database.read { try $0.indexes(of: Person.table) } == [])
    }

    @Test("opening says what is wrong with a folder, and that it is open already")
    func opening() throws {
        let scratch = try Scratch()
        #expect(error { try Database.open(scratch.database, creation: .never) }?.code == .noSuchDatabase)
        let database = try Database.open(scratch.database)
        let again = error { try Database.open(scratch.database) }
        #expect(again?.code == .wrongState && again?.message.contains("share") == true)
        #expect(database.directory == scratch.database)
        #expect(error { try Database.open("/proc/self/exe") }?.code == .notADatabase)
    }

    @Test("every code of the store is a code here, with the same answer to whether a retry is worth it")
    func codes() {
        #expect(Set(DatabaseError.Code.allCases.map(\.rawValue)) == Set(ErrorCode.allCases.map(\.rawValue)))
        #expect(Gapless.version == Store.currentProgramVersion)
    }
}
