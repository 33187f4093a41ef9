import Tables
import Testing
import Values

/// Goal: replaying the delta over what scans found converges, wherever writes fall among the steps of a build.
///
/// Method: every interleaving of a build's steps with write transactions, each played from the start on a fresh store.
///
///     build   scan 1 | scan 2 | scan 3 | scan 4 | load | drain | publish
///     writes     ^ each write transaction at every place, in order, before, between and after
@Suite struct InterleavingTests {
    static let rows = 200
    static let chunk = 50
    static let buildSteps = 7

    /// All ways to place `writes` transactions, in order, before one of the build's steps or after the last.
    static func places(writes: Int, from first: Int = 0) -> [[Int]] {
        guard writes > 0 else { return [[]] }
        return (first...buildSteps).flatMap { place in
            places(writes: writes - 1, from: place).map { [place] + $0 }
        }
    }

    private func step(_ number: Int, _ build: BuildByHand) throws {
        switch number {
        case 0: try build.scan(to: idKey(Self.chunk))
        case 1: try build.scan(from: idKey(Self.chunk), to: idKey(2 * Self.chunk))
        case 2: try build.scan(from: idKey(2 * Self.chunk), to: idKey(3 * Self.chunk))
        case 3: try build.scan(from: idKey(3 * Self.chunk))
        case 4: try build.load()
        case 5: try build.drain(limit: 20)
        default: #expect(try build.publish() == .published)
        }
    }

    private func play(
        _ places: [Int], on temporary: TemporaryStore, _ write: (Int) throws -> Void
    ) throws -> IndexRecord {
        let store = temporary.store
        let index = try store.declare(field("email"))
        let build = BuildByHand(store, index)
        for number in 0...Self.buildSteps {
            for (transaction, place) in places.enumerated() where place == number { try write(transaction) }
            if number < Self.buildSteps { try step(number, build) }
        }
        return index
    }

    private func filled() throws -> TemporaryStore {
        let temporary = try TemporaryStore()
        try temporary.store.write { txn in
            var writer = temporary.store.writer(of: "people")
            for id in 0..<Self.rows { try writer.put(person(id, email: "old"), in: txn) }
        }
        return temporary
    }

    @Test("W1: 200 rows old, 100 become new in 3 transactions: every interleaving gives 100 and 100, none under both")
    func rewritesConverge() throws {
        let all = Self.places(writes: 3)
        #expect(all.count == 120)
        for places in all {
            let temporary = try filled()
            let store = temporary.store
            let index = try play(places, on: temporary) { transaction in
                try store.write { txn in
                    // Each transaction rewrites rows of every chunk.
                    for id in stride(from: 0, to: Self.rows, by: 2) where id / 2 % 3 == transaction {
                        try store.put(person(id, email: "new"), into: "people", in: txn)
                    }
                }
            }
            let expected = try Set((0..<Self.rows).map { try store.entry($0 % 2 == 0 ? "new" : "old", $0) })
            #expect(try store.entries(index) == expected, "writes before steps \(places)")
        }
    }

    @Test("W2: records deleted before, during and after the scan of their range do not rise again")
    func deletesStay() throws {
        for places in Self.places(writes: 2) {
            let temporary = try filled()
            let store = temporary.store
            let index = try play(places, on: temporary) { transaction in
                try store.write { txn in
                    for id in 0..<Self.rows where id % 4 == transaction {
                        try store.delete(key: idKey(id), from: "people", in: txn)
                    }
                }
            }
            let expected = try Set((0..<Self.rows).filter { $0 % 4 > 1 }.map { try store.entry("old", $0) })
            #expect(try store.entries(index) == expected, "deletes before steps \(places)")
        }
    }

    @Test("W6: delete then put, and put then delete, end as the last one says, wherever they fall")
    func lastWriteWins() throws {
        for places in Self.places(writes: 2) {
            let temporary = try filled()
            let store = temporary.store
            let index = try play(places, on: temporary) { transaction in
                try store.write { txn in
                    for id in 0..<20 {
                        let isPut = id % 2 == transaction
                        if isPut {
                            try store.put(person(id, email: "old"), into: "people", in: txn)
                        } else {
                            try store.delete(key: idKey(id), from: "people", in: txn)
                        }
                    }
                }
            }
            let left = (0..<Self.rows).filter { $0 >= 20 || $0 % 2 == 1 }
            let expected = try Set(left.map { try store.entry("old", $0) })
            #expect(try store.entries(index) == expected, "writes before steps \(places)")
        }
    }

    @Test("W8: of several indexes built together each has its own delta, proof and readiness")
    func severalIndexes() throws {
        for count in 1...8 {
            let temporary = try filled()
            let store = temporary.store
            let indexes = try (0..<count).map { try store.declare(field("email"), name: "email\($0)") }
            let builds = indexes.map { BuildByHand(store, $0) }
            for build in builds { try build.scan() }
            try store.putPeople(person(1, email: "new"))
            for (place, build) in builds.enumerated() {
                try build.load()
                guard place != count / 2 else { continue }
                #expect(try build.publish() == .published)
            }
            let ready = try store.read { try store.readyIndexes(of: store.table("people", in: $0), in: $0) }
            #expect(ready.count == count - 1, "the one that failed to publish is not ready, the others are")
            #expect(try store.delta(indexes[count / 2]).count == 2, "its delta was not merged with another's")
            try builds[count / 2].publish()
            for index in indexes { #expect(try store.entries(index) == store.wantedEntries(index)) }
        }
    }
}
