import LMDB
import Tables
import TestSupport
import Testing
import Values

/// Goal: whether an index answers is read in the transaction that asks, never remembered.
@Suite struct ReadinessTests {
    private func readyNames(_ store: Store) throws -> [String] {
        try store.read { txn in
            try store.readyIndexes(of: store.table("people", in: txn), in: txn).map(\.index.fullName)
        }
    }

    @Test("R1: a snapshot from before publication does not see the index ready, one from after it does")
    func snapshots() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        try store.putPeople(person(1, email: "a"))
        let index = try store.declare(field("email"))
        let build = BuildByHand(store, index)
        try build.scan()
        try build.load()
        let (opened, published) = (Signal(), Signal())
        let before = Background {
            try store.read { txn in
                let first = try store.readyIndexes(of: store.table("people", in: txn), in: txn).count
                opened.raise()
                published.wait()
                // The catalog was parsed anew by others meanwhile: this snapshot must not borrow what they saw.
                return try [first, store.readyIndexes(of: store.table("people", in: txn), in: txn).count]
            }
        }
        opened.wait()
        #expect(try build.publish() == .published)
        #expect(try readyNames(store) == ["people.email"])
        published.raise()
        #expect(try before.result() == [0, 0])
    }

    @Test("R1: a rebuild's snapshot keeps the generation it found, with entries that are still there")
    func rebuildSnapshot() throws {
        let store = try TemporaryStore().store
        try store.putPeople(person(1, email: "a"))
        let index = try store.declare(field("email"))
        try BuildByHand(store, index).run()
        try store.write { _ = try store.declareRebuild(of: index, reason: "test", in: $0) }
        #expect(try store.read { try store.readyIndex("people.email", in: $0).generation.number } == 1)
        try BuildByHand(store, index, generation: 2).run()
        #expect(try store.read { try store.readyIndex("people.email", in: $0).generation.number } == 2)
    }

    @Test("R3: no refusal ends a command like an answer, and those that waiting cures say so to every caller")
    func refusals() {
        for code in ErrorCode.allCases {
            #expect(code.exitCode >= 64 && code.httpStatus >= 400, "\(code)")
        }
        for code in [ErrorCode.indexNotReady, .indexBlocked, .busy] {
            #expect(code.exitCode == 75 && code.httpStatus == 503 && code.isRetryable, "\(code)")
        }
    }

    @Test("R2: reopening in any state leaves the state as it was", arguments: IndexState.allCases)
    func reopening(state: IndexState) throws {
        let folder = try TemporaryFolder()
        try prepare(folder, state)
        let store = try Store.open(at: folder.path, options: testOptions)
        #expect(try readyNames(store) == (state == .ready ? ["people.email"] : []))
        guard state != .dropping else {
            #expect(try store.read { try store.catalog(in: $0).indexes }.isEmpty)
            return
        }
        let index = try store.read { try store.catalog(in: $0).index("people.email") }
        #expect(index.state == state)
        try store.putPeople(person(1, email: "b"))
        #expect(try store.delta(index).isEmpty == (state == .ready), "writes still go where the state says")
    }

    private func prepare(_ folder: TemporaryFolder, _ state: IndexState) throws {
        let store = try Store.open(at: folder.path, creation: .ifMissing, options: testOptions)
        _ = try store.write { try store.createTable("people", keyField: field("id"), in: $0) }
        try store.putPeople(person(1, email: "a"))
        let index = try store.declare(field("email"))
        switch state {
        case .building: break
        case .paused: try store.write { try store.setPaused(index, generation: 1, in: $0) }
        case .blocked: try store.write { try store.setBlocked(index, generation: 1, reason: "test", in: $0) }
        case .ready: try BuildByHand(store, index).run()
        case .dropping: try store.write { try store.dropIndex("people.email", in: $0) }
        }
    }

    @Test(
        "R3: what does not answer says so with a typed, retryable error",
        arguments: [IndexState.building, .paused, .blocked])
    func refusals(state: IndexState) throws {
        let store = try TemporaryStore().store
        let index = try store.declare(field("email"))
        if state == .paused { try store.write { try store.setPaused(index, generation: 1, in: $0) } }
        if state == .blocked { try store.write { try store.setBlocked(index, generation: 1, reason: "3 bad", in: $0) } }
        let error = #expect(throws: GaplessError.self) {
            try store.read { _ = try store.readyIndex("people.email", in: $0) }
        }
        #expect(error?.code == (state == .blocked ? .indexBlocked : .indexNotReady))
        #expect(error?.retryable == true)
        #expect(error?.retryAfterSeconds != nil)
        #expect(error?.state == state)
        #expect(error?.code.exitCode == 75)
        #expect(error?.code.httpStatus == 503)
        if state == .blocked { #expect(error?.message.contains("3 bad") == true) }
    }
}
