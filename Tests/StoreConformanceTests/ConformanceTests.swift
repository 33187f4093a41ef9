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
        var dice = Dice(seed: seed)
        var simulated = SimulatedSide()
        let real = try RealSide()
        var answers: [String: Int] = [:]
        for step in 1...250 {
            let operation = Operation.random(indexes: simulated.indexes.count, &dice)
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
            (.takeOffice, nil), (.write([.put(1, poison)]), nil), (.declare(field: 0), nil),
            (.commit(0, rows, isCurrent: true), "committed"), (.commitBad(0, keys: [1]), "committed"),
            (.publish(job: 1, isCurrent: true), "bad records: 1"), (.write([.delete(1)]), nil),
            (.publish(job: 1, isCurrent: true), nil),
        ]
        var simulated = SimulatedSide()
        let real = try RealSide()
        for (operation, answer) in steps {
            let (ours, theirs) = try (real.perform(operation), simulated.perform(operation))
            #expect(ours == theirs, "\(operation)")
            #expect(answer == nil || ours == answer, "\(operation)")
            #expect(try real.lines() == simulated.lines(), "\(operation)")
        }
    }

    @Test("the sequences reach each interesting outcome")
    func coverage() throws {
        var answers: [String: Int] = [:]
        for seed in Self.seeds {
            var dice = Dice(seed: seed)
            var simulated = SimulatedSide()
            for _ in 1...250 {
                let answer = try simulated.perform(Operation.random(indexes: simulated.indexes.count, &dice))
                answers[answer.split { $0 == " " || $0 == ":" }.prefix(1).joined(), default: 0] += 1
            }
        }
        let wanted = [
            "written", "badRecord", "wrongState", "noSuchIndex", "fenced", "outOfOrder", "published", "unproved",
            "paused", "gone", "drained", "appended", "removed", "committed",
        ]
        for answer in wanted { #expect(answers[answer] != nil, "never: \(answer), of \(answers)") }
    }
}
