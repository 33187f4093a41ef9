// Goal: what is simulated is what runs: the store of the simulation does what Tables and Ledger do on LMDB, operation
// by operation, so that what a million simulated builds show carries over.
// Method: sequences of random transactions from seeds, each on both; after each one the answers and everything that is
// stored are compared.

import Backfill
import Simulation
import Testing

@Suite("The simulated store and the one on LMDB")
struct ConformanceTests {
    /// Seeds that once found a difference are kept.
    static let seeds: [UInt64] = Array(1...24)

    @Test("each transaction has the same outcome and leaves the same rows", arguments: seeds)
    func agree(seed: UInt64) throws {
        try compare(seed: seed, withUnique: false)
    }

    @Test("the same with unique indexes: what is refused, suspected, shared and healed", arguments: seeds)
    func agreeOnUniqueIndexes(seed: UInt64) throws {
        try compare(seed: seed, withUnique: true)
    }

    private func compare(seed: UInt64, withUnique: Bool) throws {
        var dice = Dice(seed: seed)
        var simulated = SimulatedSide()
        let real = try RealSide()
        var answers: [String: Int] = [:]
        for step in 1...250 {
            let operation = Operation.random(indexes: simulated.indexes.count, withUnique: withUnique, &dice)
            let expected = try real.perform(operation)
            let answer = try simulated.perform(operation)
            answers[answer.split(separator: " ").first.map(String.init) ?? "", default: 0] += 1
            let (wanted, found) = (try real.lines(), try simulated.lines())
            guard answer == expected, wanted == found else {
                let missing = wanted.filter { !found.contains($0) }
                let extra = found.filter { !wanted.contains($0) }
                Issue.record(
                    """
                    seed \(seed), step \(step), \(operation):
                    LMDB says \(expected), the simulation \(answer)
                    only on LMDB: \(missing)
                    only in the simulation: \(extra)
                    """)
                return
            }
        }
        #expect(answers["written", default: 0] > 20, "seed \(seed) wrote too little to say anything")
    }

    @Test("a difference is noticed: a simulated store that forgets tombstones", arguments: [1, 2, 3] as [UInt64])
    func differs(seed: UInt64) throws {
        var dice = Dice(seed: seed)
        var simulated = SimulatedSide()
        simulated.store.weaknesses = [.forgetTombstones]
        let real = try RealSide()
        for _ in 1...250 {
            let operation = Operation.random(indexes: simulated.indexes.count, &dice)
            if try real.perform(operation) != simulated.perform(operation) { return }
            if try real.lines() != simulated.lines() { return }
        }
        Issue.record("seed \(seed): nothing was noticed")
    }

    @Test("a bad record stands in the way of publishing in both stores, and deleting it heals both")
    func badRecord() throws {
        var poison = SimulatedRecord()
        poison.set(field: 0, keys: 0, isMalformed: true)
        let rows = Operation.Rows(job: 1, stage: .drained, isWhole: true, isDigestRight: true, isScanned: true)
        let steps: [(Operation, answer: String?)] = [
            (.takeOffice, nil), (.write([.put(1, poison)]), nil), (.declare(field: 0, isUnique: false), nil),
            (.commit(0, rows, isCurrent: true), "committed"), (.commitBad(0, keys: [1]), "committed"),
            (.publish(job: 1, isCurrent: true), "bad records: 1"), (.write([.delete(1)]), nil),
            (.publish(job: 1, isCurrent: true), nil),
        ]
        try expectAgreement(on: steps)
    }

    @Test("a shared key of a unique index stands in the way in both stores until one of its records changes")
    func sharedKey() throws {
        let rows = Operation.Rows(job: 1, stage: .drained, isWhole: true, isDigestRight: true, isScanned: true)
        let steps: [(Operation, answer: String?)] = [
            (.takeOffice, nil), (.write([.put(1, keyed(3)), .put(2, keyed(3)), .put(3, keyed(4))]), nil),
            (.write([.put(5, keyed(0)), .put(6, keyed(0))]), "written []"), (.declare(field: 0, isUnique: true), nil),
            (.declare(field: 0, isUnique: false), "alreadyExists"), (.commit(0, rows, isCurrent: true), "committed"),
            // Behind the scan's back: nobody can know yet.
            (.write([.put(7, keyed(4))]), "written []"), (.write([.put(8, keyed(4))]), "uniqueViolation"),
            (.append(0, count: 9, isInOrder: true), nil), (.noteSharedKeys(0), nil),
            (.publish(job: 1, isCurrent: true), "shared keys: 2"), (.write([.put(8, keyed(3))]), "uniqueViolation"),
            (.commitBlocked(0, reason: "because"), "committed"), (.write([.delete(1), .delete(3)]), nil),
            (.commitBlocked(0, reason: nil), "committed"), (.publish(job: 1, isCurrent: true), "published 4"),
            (.write([.put(8, keyed(3))]), "uniqueViolation"), (.write([.put(8, keyed(0))]), "written []"),
            (.write([.put(2, keyed(5)), .put(8, keyed(3))]), "written []"),
        ]
        try expectAgreement(on: steps)
    }

    @Test("a record that a ready index goes without is waived for its rebuild too, in both stores")
    func waivedBefore() throws {
        var poison = SimulatedRecord()
        poison.set(field: 0, keys: 0, isMalformed: true)
        let rows = Operation.Rows(job: 1, stage: .drained, isWhole: true, isDigestRight: true, isScanned: true)
        let steps: [(Operation, answer: String?)] = [
            (.takeOffice, nil), (.write([.put(1, poison)]), nil), (.declare(field: 0, isUnique: false), nil),
            (.commit(0, rows, isCurrent: true), "committed"), (.commitBad(0, keys: [1]), "committed"),
            (.waive(0, key: 1), "done"), (.publish(job: 1, isCurrent: true), "published 0"), (.rebuild(0), "done"),
            (.commitBad(0, keys: [1]), "committed"), (.write([.delete(1)]), nil),
        ]
        try expectAgreement(on: steps)
    }

    private func expectAgreement(on steps: [(Operation, answer: String?)]) throws {
        var simulated = SimulatedSide()
        let real = try RealSide()
        for (operation, answer) in steps {
            let (ours, theirs) = try (real.perform(operation), simulated.perform(operation))
            #expect(ours == theirs, "\(operation)")
            #expect(answer == nil || ours == answer, "\(operation)")
            #expect(try real.lines() == simulated.lines(), "\(operation)")
        }
    }

    private func keyed(_ key: Int) -> SimulatedRecord {
        var record = SimulatedRecord()
        record.set(field: 0, keys: 1 << UInt16(key))
        return record
    }

    @Test("the sequences reach each interesting outcome")
    func coverage() throws {
        var answers: [String: Int] = [:]
        for seed in Self.seeds {
            var dice = Dice(seed: seed)
            var simulated = SimulatedSide()
            for step in 1...500 {
                if step == 251 { (dice, simulated) = (Dice(seed: seed), SimulatedSide()) }
                let operation = Operation.random(
                    indexes: simulated.indexes.count, withUnique: step > 250, &dice)
                let answer = try simulated.perform(operation)
                answers[answer.split { $0 == " " || $0 == ":" }.prefix(1).joined(), default: 0] += 1
            }
        }
        let wanted = [
            "written", "badRecord", "wrongState", "noSuchIndex", "fenced", "outOfOrder", "published", "unproved",
            "paused", "gone", "drained", "appended", "removed", "committed", "uniqueViolation", "alreadyExists",
            "noted", "shared",
        ]
        for answer in wanted { #expect(answers[answer] != nil, "never: \(answer), of \(answers)") }
    }
}
