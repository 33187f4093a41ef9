import LMDB
import Testing
import Values

@testable import Tables

/// Goal: what a program with other key rules built is neither read, written nor published by this one; and reopening
/// loses nothing of a record. Method: a catalog row as that program would have left it.
@Suite struct VersionTests {
    /// An index in this state, built with the key rules of a later program.
    private func foreign(
        _ state: IndexState, _ version: UInt32 = EntryExtractor.version + 1
    ) throws -> (TemporaryStore, IndexRecord) {
        let temporary = try TemporaryStore()
        let store = temporary.store
        try store.putPeople(person(1, email: "a"))
        let index = try store.declare(field("email"))
        if state == .ready { try BuildByHand(store, index).run() }
        try store.write { txn in
            var row = try store.live(index, in: txn)
            let ours = row.generations[0]
            row.generations[0] = Generation(
                number: ours.number, state: ours.state, builtBy: "9.9.9", extractorVersion: version,
                reason: ours.reason, createdAt: ours.createdAt, hasDelta: ours.hasDelta)
            try store.save(row, in: txn)
        }
        return (temporary, index)
    }

    private func code(_ body: () throws -> Void) -> ErrorCode? {
        let error = #expect(throws: GaplessError.self) { try body() }
        #expect(error?.message.contains("9.9.9") == true, "it names the program that built it")
        return error?.code
    }

    @Test("E3, C4: a ready index of other key rules answers nothing and takes no write")
    func readyIndex() throws {
        let (temporary, _) = try foreign(.ready)
        let store = temporary.store
        #expect(code { _ = try store.read { try store.readyIndex("people.email", in: $0) } } == .incompatibleVersion)
        #expect(try store.read { try store.readyIndexes(of: store.table("people", in: $0), in: $0) }.isEmpty)
        #expect(code { try store.putPeople(person(2, email: "b")) } == .incompatibleVersion)
        #expect(try store.read { try store.recordsCount(of: store.table("people", in: $0), in: $0) } == 1)
    }

    @Test("E3: a build that began under other key rules takes no write and is not published")
    func buildingIndex() throws {
        let (temporary, index) = try foreign(.building)
        let store = temporary.store
        #expect(code { try store.deletePeople(1) } == .incompatibleVersion)
        #expect(code { try BuildByHand(store, index).publish() } == .incompatibleVersion)
        #expect(try store.current(index).ready == nil)
    }

    @Test("C4: what a faulty version built is suspect until a check has gone over it; a rebuild by another one is not")
    func suspects() throws {
        let folder = try TemporaryFolder()
        let faulty = FaultyVersion("0.9.0", fault: "loses entries")
        do {
            let old = try Store.open(
                at: folder.path, creation: .ifMissing, options: testOptions, programVersion: faulty.version)
            _ = try old.write { try old.createTable("people", keyField: field("id"), in: $0) }
            try old.putPeople(person(1, email: "a"))
            for name in ["one", "two"] { try BuildByHand(old, old.declare(field("email"), name: name)).run() }
        }
        let store = try Store.open(at: folder.path, options: testOptions, faultyVersions: [faulty])
        let indexes = try store.read { try store.catalog(in: $0).indexes }
        #expect(indexes.map { store.suspicion(of: $0) } == [faulty, faulty])
        try store.write { txn in
            try store.noteScrubbed(indexes[0], generation: 2, in: txn)
            #expect(try store.suspicion(of: store.live(indexes[0], in: txn)) == faulty, "another generation")
            try store.noteScrubbed(indexes[0], generation: 1, in: txn)
        }
        _ = try store.write { try store.rebuild(indexes[1].fullName, reason: "suspect", in: $0) }
        #expect(try store.suspicion(of: store.current(indexes[1])) == faulty, "it still answers")
        try BuildByHand(store, store.current(indexes[1]), generation: 2).run()
        let now = try store.read { try store.catalog(in: $0).indexes }
        #expect(now.map { store.suspicion(of: $0) } == [nil, nil])
        #expect(now[0].ready?.scrubbedBy == Store.currentProgramVersion && now[0].ready?.builtBy == faulty.version)
    }

    @Test("E6: what no index holds of a record is there after reopening too", arguments: ValueFormat.allCases)
    func otherFields(format: ValueFormat) throws {
        let folder = try TemporaryFolder()
        let record = person(
            1, ("email", .string("a")), ("note", .string("kept")), ("list", .array([.null, .bool(false)])),
            ("inner", .map([MapEntry("deep", .int(7))])))
        try write(record, in: folder, format)
        let store = try Store.open(at: folder.path, options: testOptions)
        let found = try store.read { try store.record(key: idKey(1), of: store.table("people", in: $0), in: $0) }
        #expect(found == record)
        // Rewriting it as it was read leaves the index right.
        try store.putPeople(record)
        let verified = try store.read { try store.verify("people", in: $0) }
        #expect(verified.indexes.map(\.entries) == [1] && verified.indexes.allSatisfy { $0.missing == 0 })
    }

    private func write(_ record: Value, in folder: TemporaryFolder, _ format: ValueFormat) throws {
        let store = try Store.open(at: folder.path, creation: .ifMissing, options: testOptions)
        _ = try store.write { try store.createTable("people", keyField: field("id"), format: format, in: $0) }
        let index = try store.declare(field("email"))
        try store.putPeople(record)
        try BuildByHand(store, index).run()
    }
}
