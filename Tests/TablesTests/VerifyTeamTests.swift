import LMDB
import TestSupport
import Testing
import Values

@testable import Tables

/// Goal: a check by several threads says what one alone says, at one snapshot, whatever is written meanwhile.
///
/// Method: damage at random places of a database, checked by one and by teams, in tasks of a few records; and the board
/// of a team by hand.
@Suite struct VerifyTeamTests {
    private static func team(_ size: Int, itemsPerTask: Int = 7) -> VerifyTeam {
        var team = VerifyTeam(size: size) { body in
            let others = (1..<max(size, 1)).map { member in Background { body(member) } }
            body(0)
            for other in others { try other.result() }
        }
        team.itemsPerTask = itemsPerTask
        return team
    }

    private func filled(_ count: Int) throws -> (TemporaryStore, [IndexRecord]) {
        let temporary = try TemporaryStore()
        for id in 0..<count {
            try temporary.store.putPeople(
                person(id, ("email", .string("m\(id * 7 % count)")), ("tags", .array([.int(Int64(id % 5)), .null]))))
        }
        let indexes = try [temporary.store.declare(field("email")), temporary.store.declare(field("tags"))]
        for (index, layout) in zip(indexes, [IndexLayout.plain, .grouped]) {
            try BuildByHand(temporary.store, index, layout: layout).run()
        }
        return (temporary, indexes)
    }

    @Test("C1: a team finds what one alone finds, to the last example", arguments: [1, 2, 3, 8])
    func sameReport(size: Int) throws {
        let (temporary, indexes) = try filled(300)
        let store = temporary.store
        var random = SeededRandom(seed: UInt64(size))
        for round in 0..<8 {
            let team = Self.team(size)
            let report = try store.verify("people", repairing: false, team: team)
            #expect(try report == store.verify("people", repairing: false))
            #expect(report.isClean == (round == 0))
            try store.write { txn in
                let entries = try store.entries(of: indexes[round % 2], generation: 1, in: txn)
                let all = try keys(of: entries, in: txn)
                for _ in 0..<3 { try txn.delete(all[Int(random.next() % UInt64(all.count))], in: entries) }
                // Of a record that there is not: its key is a fraction.
                var stray = all[Int(random.next() % UInt64(all.count))]
                stray[stray.count - 1] ^= 1
                try txn.put(stray, [], in: entries)
            }
        }
        let mended = try store.verify("people", repairing: true, team: Self.team(size))
        #expect(mended.indexes.allSatisfy { $0.repaired == $0.missing + $0.dangling + $0.stale && $0.repaired > 0 })
        #expect(try store.verify("people", repairing: false).isClean)
    }

    @Test("C1: every record and entry is in one task, wherever it is cut", arguments: [1, 2, 3, 99, 100, 101, 1_000])
    func tiles(itemsPerTask: Int) throws {
        let (temporary, _) = try filled(100)
        let report = try temporary.store.verify(
            "people", repairing: false, team: Self.team(2, itemsPerTask: itemsPerTask))
        #expect(report.isClean)
        #expect(report.indexes.map(\.records) == [100, 100])
        #expect(report.indexes.map(\.entries) == [100, 200])
    }

    @Test("C1: records that share a key of a unique index are found, wherever it is cut", arguments: [1, 2, 5, 1_000])
    func sharedKeys(itemsPerTask: Int) throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        for id in 0..<20 { try store.putPeople(person(id, ("email", id < 3 ? .null : .string("m\(id / 3)")))) }
        let plain = try store.declare(field("email"))
        try BuildByHand(store, plain).run()
        #expect(try store.verify("people", repairing: false).isClean)
        // As if a program had written past the index, which refuses this.
        let definition = IndexDefinition(
            fields: [field("email")], name: "alone", indexesNulls: true, isUnique: true)
        let unique = try store.write { try store.declareIndex(on: "people", definition, in: $0).index }
        try BuildByHand(store, unique).run()
        let report = try store.verify(
            "people", index: "alone", repairing: false, team: Self.team(3, itemsPerTask: itemsPerTask))
        let shares = (3..<20).count { $0 % 3 != 0 }
        #expect(report.indexes.map(\.shared) == [shares])
        #expect(report.indexes.map { [$0.missing, $0.dangling, $0.stale] } == [[0, 0, 0]])
        #expect(!report.isClean)
        #expect(report.indexes[0].examples.map(\.record) == ["4", "5", "7", "8", "10"])
        let mended = try store.verify("people", index: "alone", repairing: true)
        #expect(mended.indexes.map(\.repaired) == [0] && !mended.isClean)
    }

    @Test("C2: a team that checks while others write finds nothing")
    func underWriters() throws {
        let (temporary, _) = try filled(200)
        let store = temporary.store
        let phase = Phase()
        let writer = Background {
            var random = SeededRandom(seed: 3)
            while !phase.hasEnded {
                let tags = Value.array([.int(Int64(random.next() % 9))])
                try store.putPeople(person(Int(random.next() % 200), ("tags", tags)))
                try store.deletePeople(Int(random.next() % 200))
                phase.wrote()
            }
        }
        for _ in 0..<20 {
            phase.wait(forWrites: 2)
            #expect(try store.verify("people", repairing: false, team: Self.team(3)).isClean)
        }
        phase.end()
        try writer.result()
    }

    @Test("C2: members with different snapshots do nothing, and there is no result")
    func differentSnapshots() throws {
        let cuts = VerifyCuts(entries: [[]], recordsCount: 1, entriesCounts: [1])
        let board = VerifyBoard(members: 2, cuts: cuts, keeping: 0) { _ in }
        let other = Background { board.agree(on: 8) }
        #expect(!board.agree(on: 7))
        #expect(try !other.result())
        #expect(try board.result() == nil)
    }

    @Test("A member that fails ends the check for all, with its error; a part that is undone is no result")
    func failure() throws {
        let cuts = VerifyCuts(entries: [[]], recordsCount: 1, entriesCounts: [1])
        let board = VerifyBoard(members: 2, cuts: cuts, keeping: 0) { _ in }
        let other = Background { board.agree(on: 7) }
        board.fail(GaplessError(.corrupt, "broken"))
        #expect(try !other.result())
        #expect(board.next() == nil)
        #expect(throws: GaplessError.self) { try board.result() }
        let left = VerifyBoard(members: 1, cuts: cuts, keeping: 0) { _ in }
        #expect(left.agree(on: 7))
        _ = left.next()
        #expect(throws: GaplessError.self) { try left.result() }
    }
}
