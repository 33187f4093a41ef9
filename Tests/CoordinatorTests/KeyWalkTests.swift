// Goal: the boundaries that the walk finds cut a table into ranges of the asked size, whatever its size, and a range in
// two halves. Method: tables of every size around the step, and walks in one or in many transactions.

import Testing

@testable import Backfill
@testable import Coordinator

@Suite("Key walk")
struct KeyWalkTests {
    @Test(
        "P7: the walk finds the key behind so many records, and none where the table ends",
        arguments: [0, 1, 2, 7, 8, 9])
    func boundary(count: Int) throws {
        let desk = try Desk()
        try desk.put(0..<count)
        for keysPerTransaction in [1, 2, 3, 1_000] {
            var walk = KeyWalk(store: desk.store, table: try desk.table)
            walk.keysPerTransaction = keysPerTransaction
            for records in 1...10 {
                let found = try walk.boundary(from: nil, records: records)
                #expect(found.boundary == (records < count ? idKey(records) : nil), "\(records) of \(count)")
                #expect(found.records == UInt64(min(records, count)))
                let later = try walk.boundary(from: idKey(2), records: records)
                #expect(later.boundary == (2 + records < count ? idKey(2 + records) : nil))
                #expect(later.records == UInt64(max(0, min(records, count - 2))))
            }
        }
    }

    @Test("P7: walking on from each boundary meets every record once", arguments: [1, 2, 3, 10, 99, 100, 101])
    func tiles(records: Int) throws {
        let desk = try Desk()
        try desk.put(0..<100)
        let walk = KeyWalk(store: desk.store, table: try desk.table)
        var (from, sum, ranges): (Key?, UInt64, Int) = (nil, 0, 0)
        while true {
            let found = try walk.boundary(from: from, records: records)
            (sum, ranges) = (sum + found.records, ranges + 1)
            guard let next = found.boundary else { break }
            #expect(from.map { $0 < next } ?? true)
            from = next
        }
        #expect(sum == 100)
        #expect(ranges == (100 + records - 1) / records)
    }

    @Test("a walk goes on where it was, also when the key that it stood at is gone")
    func deletedKey() throws {
        let desk = try Desk()
        try desk.put([0, 1, 2, 4, 5])
        let walk = KeyWalk(store: desk.store, table: try desk.table)
        #expect(try walk.boundary(from: idKey(3), records: 1).boundary == idKey(5))
        #expect(try walk.boundary(from: Key(idKey(2).bytes + [0]), records: 1).boundary == idKey(5))
        #expect(try walk.boundary(from: idKey(6), records: 1).boundary == nil)
    }

    @Test("the middle cuts a range into two that both have records; one record or none has no middle", arguments: 0...9)
    func middle(count: Int) throws {
        let desk = try Desk()
        try desk.put(Array(0..<5) + Array(10..<10 + count) + Array(50..<60))
        for keysPerTransaction in [1, 2, 1_000] {
            var walk = KeyWalk(store: desk.store, table: try desk.table)
            walk.keysPerTransaction = keysPerTransaction
            let interval = KeyInterval(start: idKey(10), end: idKey(50))
            let middle = try walk.middle(of: interval)
            #expect(middle == (count > 1 ? idKey(10 + count / 2) : nil))
            #expect(middle.map(interval.canBeCut) ?? true)
        }
        let walk = KeyWalk(store: desk.store, table: try desk.table)
        #expect(try walk.middle(of: .everything) != nil)
        #expect(try walk.middle(of: KeyInterval(start: idKey(59), end: nil)) == nil)
        #expect(try walk.middle(of: KeyInterval(start: nil, end: idKey(2))) == idKey(1))
    }
}
