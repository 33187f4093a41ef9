import LMDB
import Synchronization
import Tables
import TestSupport
import Testing
import Values

/// Goal: an index becomes ready in the one transaction in which everything holds, or not at all.
@Suite struct PublishTests {
    private struct NoProof: Error {}

    private func loaded(_ records: Int = 10) throws -> (TemporaryStore, IndexRecord) {
        let temporary = try TemporaryStore()
        let store = temporary.store
        for id in 0..<records { try store.putPeople(person(id, email: "a\(id)")) }
        let index = try store.declare(field("email"))
        let build = BuildByHand(store, index)
        try build.scan()
        try build.load()
        return (temporary, index)
    }

    @Test("A proof that fails changes nothing")
    func failedProof() throws {
        let (temporary, index) = try loaded()
        let store = temporary.store
        try store.putPeople(person(1, email: "new"))
        let (delta, before) = try (store.delta(index), store.current(index))
        #expect(throws: NoProof.self) {
            try store.write { txn in
                _ = try store.publish(index, generation: 1, limit: 100, in: txn) { throw NoProof() }
            }
        }
        #expect(try store.delta(index) == delta)
        #expect(try store.current(index) == before)
    }

    @Test("A proof that fails changes nothing even if its transaction commits")
    func failedProofCommitted() throws {
        let (temporary, index) = try loaded()
        let store = temporary.store
        try store.putPeople(person(1, email: "new"))
        let before = try (store.delta(index), store.current(index))
        try store.write { txn in
            _ = #expect(throws: NoProof.self) {
                try store.publish(index, generation: 1, limit: 100, in: txn) { throw NoProof() }
            }
        }
        #expect(try store.delta(index) == before.0)
        #expect(try store.current(index) == before.1)
    }

    @Test("A delta too large for one transaction is drained first, in steps as large as allowed")
    func largeDelta() throws {
        let (temporary, index) = try loaded()
        let store = temporary.store
        for id in 0..<10 { try store.putPeople(person(id, email: "b\(id)")) }
        let build = BuildByHand(store, index)
        #expect(try build.publish(limit: 5) == .deltaTooLarge(20))
        #expect(try store.current(index).state == .building)
        #expect(try store.delta(index).count == 20)
        #expect(try build.drain(limit: 8) == 12)
        #expect(try build.drain(limit: 8) == 4)
        #expect(try build.publish(limit: 5) == .published)
        #expect(try store.entries(index) == store.wantedEntries(index))
        #expect(try store.delta(index).isEmpty)
        #expect(try store.current(index).ready?.readyAt != nil)
        #expect(try build.publish() == .alreadyReady)
    }

    @Test("Only a building generation is published or drained", arguments: [IndexState.paused, .blocked, .dropping])
    func wrongStates(state: IndexState) throws {
        let (temporary, index) = try loaded()
        let store = temporary.store
        switch state {
        case .paused: try store.write { try store.setPaused(index, generation: 1, in: $0) }
        case .blocked: try store.write { try store.setBlocked(index, generation: 1, reason: "test", in: $0) }
        default: try store.write { try store.dropIndex(index.fullName, in: $0) }
        }
        let error = #expect(throws: GaplessError.self) { try BuildByHand(store, index).publish() }
        #expect(error?.code == (state == .dropping ? .noSuchIndex : .wrongState))
        if state == .dropping {
            #expect(throws: GaplessError.self) { try BuildByHand(store, index).drain() }
        }
    }

    @Test("No state but published is reached from ready, and ready is reached by publishing only")
    func transitions() throws {
        let (temporary, index) = try loaded()
        let store = temporary.store
        try BuildByHand(store, index).publish()
        for state in [IndexState.building, .paused, .blocked] {
            let error = #expect(throws: GaplessError.self) {
                try store.write { txn in
                    switch state {
                    case .building: try store.setBuilding(index, generation: 1, in: txn)
                    case .paused: try store.setPaused(index, generation: 1, in: txn)
                    default: try store.setBlocked(index, generation: 1, reason: "test", in: txn)
                    }
                }
            }
            #expect(error?.code == .wrongState)
        }
        #expect(try store.current(index).state == .ready)
    }

    @Test("The loaded index is summed up in parts that add up to the whole", arguments: [1, 3, 7, 10, 100])
    func digestParts(limit: Int) throws {
        let (temporary, index) = try loaded()
        let store = temporary.store
        var expected = EntryDigest.zero
        for entry in try store.wantedEntries(index) { expected.add(entry: entry.span.bytes) }
        var (sum, last) = (EntryDigest.zero, [UInt8]?.none)
        for step in 0...10 {
            let part = try store.read {
                try store.loadedDigest(index, generation: 1, after: last, limit: limit, in: $0)
            }
            sum += part.digest
            last = part.last ?? last
            if part.isEnd { break }
            #expect(step < 10)
        }
        #expect(sum == expected)
    }

    @Test("W4: writers at full speed through drain and publish lose nothing")
    func writersThroughPublish() throws {
        for round in 0..<5 {
            let (temporary, index) = try loaded(200)
            let store = temporary.store
            let phase = Phase()
            let writer = Background { try Self.write(store, until: phase) }
            phase.wait(forWrites: 20)
            let build = BuildByHand(store, index)
            while try build.publish(limit: 10) != .published { try build.drain(limit: 25) }
            phase.wait(forWrites: 20)
            phase.end()
            let count = try writer.result()
            #expect(count >= 40, "round \(round): writes fell before and after the publication")
            let table = try store.read { try store.table("people", in: $0) }
            #expect(try store.read { try store.recordsCount(of: table, in: $0) } > 0)
            #expect(try store.entries(index) == store.wantedEntries(index), "round \(round)")
        }
    }

    private static func write(_ store: Store, until phase: Phase) throws -> Int {
        var random = SeededRandom(seed: 4)
        var count = 0
        while !phase.hasEnded {
            let id = Int(random.next() % 200)
            if random.next() % 4 == 0 {
                try store.deletePeople(id)
            } else {
                try store.putPeople(person(id, email: "w\(random.next() % 50)"))
            }
            count += 1
            phase.wrote()
        }
        return count
    }
}
