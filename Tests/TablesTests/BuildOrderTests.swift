import LMDB
import Tables
import Testing
import Values

/// Goal: each order about a build does what it says in every state it may meet, changes nothing where there is nothing
/// to do, and a ready generation never notices.
@Suite struct BuildOrderTests {
    /// What an index may be when an order comes.
    enum Situation: String, CaseIterable {
        case building, paused, blocked, ready, rebuilding, rebuildPaused, rebuildBlocked
    }

    private func index(in situation: Situation) throws -> (TemporaryStore, IndexRecord) {
        let temporary = try TemporaryStore()
        let store = temporary.store
        for id in 0..<5 { try store.putPeople(person(id, email: "a\(id)")) }
        let index = try store.declare(field("email"))
        let isRebuild = [.rebuilding, .rebuildPaused, .rebuildBlocked].contains(situation)
        if situation == .ready || isRebuild { try BuildByHand(store, index).run() }
        if isRebuild { _ = try store.write { try store.rebuild(index.fullName, reason: "test", in: $0) } }
        let coming: UInt32 = isRebuild ? 2 : 1
        switch situation {
        case .paused, .rebuildPaused:
            _ = try store.write { try store.pauseBuild(of: index.fullName, in: $0) }
        case .blocked, .rebuildBlocked:
            try store.write { try store.setBlocked(index, generation: coming, reason: "test", in: $0) }
        case .building, .ready, .rebuilding: break
        }
        return (temporary, index)
    }

    private func coming(_ store: Store, _ index: IndexRecord) throws -> IndexState? {
        try store.current(index).coming?.state
    }

    private func failure(_ body: () throws -> BuildOrderOutcome) -> ErrorCode? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? GaplessError)?.code
        }
    }

    @Test("pause", arguments: Situation.allCases)
    func pause(_ situation: Situation) throws {
        let (temporary, index) = try index(in: situation)
        let store = temporary.store
        let before = try store.current(index)
        let order = { try store.write { try store.pauseBuild(of: index.fullName, in: $0) } }
        if situation == .ready {
            #expect(failure(order) == .wrongState)
            #expect(try store.current(index) == before)
        } else {
            let isPaused = situation == .paused || situation == .rebuildPaused
            #expect(try order().isChanged == !isPaused)
            #expect(try coming(store, index) == .paused)
            #expect(try !order().isChanged)
        }
        #expect(try store.current(index).ready == before.ready)
    }

    @Test("resume", arguments: Situation.allCases)
    func resume(_ situation: Situation) throws {
        let (temporary, index) = try index(in: situation)
        let store = temporary.store
        let before = try store.current(index)
        let order = { try store.write { try store.resumeBuild(of: index.fullName, in: $0) } }
        switch situation {
        case .blocked, .rebuildBlocked:
            #expect(failure(order) == .wrongState)
            #expect(try store.current(index) == before)
        case .building, .ready, .rebuilding:
            #expect(try !order().isChanged)
            #expect(try store.current(index) == before)
        case .paused, .rebuildPaused:
            #expect(try order().isChanged)
            #expect(try coming(store, index) == .building)
        }
        #expect(try store.current(index).ready == before.ready)
    }

    @Test(
        "cancel: a first build leaves no index, a rebuild leaves the ready one; both can be asked for again",
        arguments: Situation.allCases)
    func cancel(_ situation: Situation) throws {
        let (temporary, index) = try index(in: situation)
        let store = temporary.store
        let before = try store.current(index)
        let order = { try store.write { try store.cancelBuild(of: index.fullName, in: $0) } }
        guard situation != .ready else {
            #expect(failure(order) == .wrongState)
            #expect(try store.current(index) == before)
            return
        }
        #expect(try order().isChanged)
        try store.cleanDropped()
        guard let ready = before.ready else {
            #expect(failure(order) == .noSuchIndex)
            let again = try store.declare(field("email"))
            try BuildByHand(store, again).run()
            #expect(try store.entries(again) == store.wantedEntries(again))
            return
        }
        #expect(try store.current(index).generations.map(\.number) == [ready.number])
        #expect(failure(order) == .wrongState)
        try store.putPeople(person(9, email: "late"))
        #expect(try store.verify("people", repairing: false).isClean)
        // Numbers of generations are not used again.
        let again = try store.write { try store.rebuild(index.fullName, reason: "again", in: $0) }
        #expect(again.generation == 3)
        try BuildByHand(store, index, generation: 3).run()
        #expect(try store.current(index).ready?.number == 3)
        #expect(try store.verify("people", repairing: false).isClean)
    }

    @Test(
        "rebuild: the next generation beside the ready one, with its reason; what is under way is left as it is",
        arguments: Situation.allCases)
    func rebuild(_ situation: Situation) throws {
        let (temporary, index) = try index(in: situation)
        let store = temporary.store
        let before = try store.current(index)
        let outcome = try store.write { try store.rebuild(index.fullName, reason: "asked", in: $0) }
        #expect(outcome.isChanged == (situation == .ready))
        if situation == .ready {
            #expect(outcome.generation == 2)
            #expect(outcome.index.coming?.reason == "asked")
            #expect(try store.current(index).ready == before.ready)
        } else {
            #expect(try store.current(index) == before)
        }
    }

    @Test("drop: whatever it is, it is gone at once, and cleaned away", arguments: Situation.allCases)
    func drop(_ situation: Situation) throws {
        let (temporary, index) = try index(in: situation)
        let store = temporary.store
        try store.write { try store.dropIndex(index.fullName, in: $0) }
        try store.cleanDropped(limit: 2)
        #expect(throws: GaplessError.self) { try store.current(index) }
        let left = try store.read { txn in
            try (1...2).contains { number in
                try txn.databaseIfPresent(Store.indexDatabase(index: index.id, generation: number)) != nil
                    || txn.databaseIfPresent(Store.groupedDatabase(index: index.id, generation: number)) != nil
                    || txn.databaseIfPresent(Store.deltaDatabase(index: index.id, generation: number)) != nil
            }
        }
        #expect(!left)
    }

    @Test("W7: a rebuild under writes: the ready generation answers exactly all the while, and so does the next one")
    func rebuildUnderWrites() throws {
        let (temporary, index) = try index(in: .rebuilding)
        let store = temporary.store
        let build = BuildByHand(store, index, generation: 2)
        let clean = { try store.verify("people", repairing: false).isClean }
        try store.putPeople(person(0, email: "b0"))
        #expect(try clean())
        try build.scan(to: idKey(3))
        try store.putPeople(person(1, email: "b1"))
        try store.deletePeople(2)
        try build.scan(from: idKey(3))
        try store.putPeople(person(7, email: "b7"))
        try build.load()
        #expect(try clean())
        try store.deletePeople(7)
        try build.drain()
        try store.putPeople(person(3, email: "b3"))
        #expect(try store.current(index).ready?.number == 1)
        #expect(try build.publish() == .published)
        let now = try store.current(index)
        #expect(now.ready?.number == 2 && now.coming == nil)
        #expect(now.generation(1)?.state == .dropping)
        #expect(try clean())
        try store.putPeople(person(4, email: "b4"))
        #expect(try store.cleanDropped(limit: 2) > 0)
        #expect(try store.current(index).generations.map(\.number) == [2])
        #expect(try clean())
    }

    @Test("A record that the ready generation goes without need not be waived again for a rebuild, unless rewritten")
    func waivedBefore() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        try store.putPeople(person(1, email: "a"))
        let key = try idKey(2)
        try store.write { txn in
            try txn.put(key, [0xC1], in: store.records(of: store.table("people", in: txn), in: txn))
        }
        let index = try store.declare(field("email"))
        let bad = { generation in
            try store.write { try store.recordBad(index, generation: generation, key: key.span.bytes, in: $0) }
        }
        #expect(try bad(1))
        try store.write { try store.waiveBad(index, generation: 1, key: key.span.bytes, in: $0) }
        let build = BuildByHand(store, index)
        try build.scan()
        try build.load()
        #expect(try build.publish() == .published)
        #expect(try store.read { try store.waivedBadRecordsCount(index, generation: 1, in: $0) } == 1)
        let found = try store.verify("people", repairing: false)
        #expect(found.isClean)
        #expect(found.indexes.map(\.waived) == [1])
        _ = try store.write { try store.rebuild(index.fullName, reason: "test", in: $0) }
        #expect(try bad(2))
        #expect(try store.read { try store.openBadRecordsCount(index, generation: 2, in: $0) } == 0)
        try store.putPeople(person(2, email: "b"))
        #expect(try store.read { try store.waivedBadRecordsCount(index, generation: 2, in: $0) } == 0)
    }
}
