// Goal: stepping by branches cuts a database into parts of about the asked size that tile it, and reads no leaves.
// Method: trees of several fills, cut with steps of many sizes, each part counted; and bytes that are no branch.
import Testing

@testable import LMDB

@Suite(.endsHangs) struct BranchWalkTests {
    enum Shape: CaseIterable {
        case full, halfFull, holes, unequal, longKeys, small, empty, integerKeys
    }

    private func make(_ shape: Shape, in environment: Environment) throws {
        try environment.write { txn in
            let db = try txn.createDatabase("t", flags: shape == .integerKeys ? .integerKeys : [])
            var order = Array(0..<count(shape))
            if shape == .halfFull { order.reverse() }
            for number in order {
                try txn.put(bytes(shape, number), [UInt8](repeating: 7, count: valueBytes(shape, number)), in: db)
            }
            for number in order where shape == .holes && number % 5 != 0 {
                try txn.delete(bytes(shape, number), in: db)
            }
        }
    }

    private func count(_ shape: Shape) -> Int {
        switch shape {
        case .empty: 0
        case .small: 100
        case .longKeys: 4_000
        default: 20_000
        }
    }

    private func bytes(_ shape: Shape, _ number: Int) -> [UInt8] {
        switch shape {
        case .longKeys: [UInt8](repeating: 1, count: 480) + key(number)
        case .integerKeys: withUnsafeBytes(of: UInt64(number)) { Array($0) }
        default: key(number)
        }
    }

    private func valueBytes(_ shape: Shape, _ number: Int) -> Int {
        shape == .unequal ? (number < 10_000 ? 20 : number % 700) : 200
    }

    @Test("parts of about the asked size tile the database, first entry to last", arguments: Shape.allCases)
    func tiles(shape: Shape) throws {
        try withEnvironment { environment in
            try make(shape, in: environment)
            try environment.read { txn in
                let db = try txn.database("t")
                let total = try txn.statistics(of: db).entries
                for limit in [1, 50, 300, 1_000, 7_000, total, .max] where limit > 1 || total <= 100 {
                    var (from, sum, said): ([UInt8]?, Int, Int) = (nil, 0, 0)
                    while true {
                        let found = try txn.step(overAbout: limit, from: from, in: db)
                        said += found.stepped
                        let real = try counted(from: from, to: found.next, in: db, txn)
                        sum += real
                        guard let next = found.next else { break }
                        #expect(found.stepped == limit)
                        #expect(from.map { $0.lexicographicallyPrecedes(next) } ?? true)
                        if shape != .unequal { #expect(abs(real - limit) <= max(limit / 8, 40), "\(real) of \(limit)") }
                        from = next
                    }
                    #expect(sum == total)
                    if shape != .unequal { #expect(abs(said - total) <= total / 8 + 40) }
                }
            }
        }
    }

    private func counted(
        from: [UInt8]?, to end: [UInt8]?, in db: Database, _ txn: borrowing ReadTransaction
    ) throws -> Int {
        try txn.withCursor(in: db) { cursor in
            var count = 0
            var isThere = try from.map { try cursor.seek(atOrAfter: $0) } ?? cursor.first()
            while isThere {
                if let end, !cursor.key.lexicographicallyPrecedes(end) { break }
                count += 1
                isThere = try cursor.next()
            }
            return count
        }
    }

    /// Where a walk by branches from `start` gets to; nil if it cannot be done by them.
    private func walked(
        _ leaves: Int, from start: [UInt8]? = nil, depth: Int, in db: Database, _ txn: borrowing ReadTransaction
    ) throws -> (leaves: Int, next: [UInt8]?)? {
        var walk = try BranchWalk(from: start, in: db, depth: depth, txn.scope)
        return walk?.step(over: leaves)
    }

    @Test("goes by the branches where it can: each step ends where a leaf begins")
    func goesByBranches() throws {
        try withEnvironment { environment in
            try make(.full, in: environment)
            try environment.read { txn in
                let db = try txn.database("t")
                let shape = try txn.statistics(of: db)
                #expect(shape.depth == 3)
                for leaves in [1, 2, 16, 17, 500, shape.leafPages - 1] {
                    let found = try walked(leaves, depth: shape.depth, in: db, txn)
                    #expect(found?.leaves == leaves)
                    let next = try #require(found?.next)
                    try txn.withCursor(in: db) { cursor in
                        let isThere = try cursor.seek(exactly: next)
                        let place = TreePage(around: cursor.position.keyBytes)?.place(of: cursor.position.keyBytes)
                        #expect(isThere && place == 0)
                    }
                }
                for leaves in [shape.leafPages, shape.leafPages + 1, .max] {
                    let found = try walked(leaves, depth: shape.depth, in: db, txn)
                    #expect(found?.leaves == shape.leafPages && found?.next == nil)
                }
                let late = try walked(1, from: key(19_999), depth: shape.depth, in: db, txn)
                #expect(late?.leaves == 1 && late?.next == nil)
                let tooDeep = try walked(1, depth: shape.depth + 1, in: db, txn)
                #expect(tooDeep == nil, "a leaf is no branch")
            }
        }
    }

    @Test("what is not the branch with this number is none")
    func damage() {
        let map = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * 4096, alignment: 4096)
        defer { map.deallocate() }
        func reset() {
            map.initializeMemory(as: UInt8.self, repeating: 0)
            map.storeBytes(of: 2, toByteOffset: 2 * 4096, as: UInt64.self)
            map.storeBytes(of: 3, toByteOffset: 3 * 4096, as: UInt64.self)
            map.storeBytes(of: 1, toByteOffset: 3 * 4096 + 10, as: UInt16.self)
            map.storeBytes(of: 20, toByteOffset: 3 * 4096 + 12, as: UInt16.self)
            for (place, node) in [(0, 4000), (1, 3900)] {
                map.storeBytes(of: UInt16(node), toByteOffset: 3 * 4096 + 16 + 2 * place, as: UInt16.self)
                map.storeBytes(of: UInt16(7 + place), toByteOffset: 3 * 4096 + node, as: UInt16.self)
                map.storeBytes(of: UInt16(place), toByteOffset: 3 * 4096 + node + 4, as: UInt16.self)
                map.storeBytes(of: UInt16(4 * place), toByteOffset: 3 * 4096 + node + 6, as: UInt16.self)
            }
        }
        let leaf = UnsafeRawBufferPointer(rebasing: map[2 * 4096 + 100..<2 * 4096 + 108])
        func branch(_ number: Int = 3, lastPage: Int = 3) -> BranchPage? {
            MappedPages(around: leaf, lastPage: lastPage).flatMap { BranchPage(number: number, of: $0) }
        }
        reset()
        #expect(branch()?.count == 2)
        #expect(branch()?.child(0) == 7 && branch()?.child(1) == 8 + 1 << 32)
        #expect(branch()?.key(0) == nil && branch()?.key(1)?.count == 4 && branch()?.key(2) == nil)
        #expect(branch()?.place(of: [0, 0, 0]) == 0 && branch()?.place(of: [0, 0, 0, 0]) == 1)
        #expect(branch(2) == nil && branch(4) == nil && branch(0) == nil && branch(-1) == nil)
        #expect(branch(lastPage: 2) == nil && branch(lastPage: 1) == nil)
        for (offset, value) in [(10, 2), (10, 3), (12, 18), (12, 21), (12, 4100), (12, 0)] as [(Int, UInt16)] {
            reset()
            map.storeBytes(of: value, toByteOffset: 3 * 4096 + offset, as: UInt16.self)
            #expect(branch() == nil, "\(value) at \(offset)")
        }
        for (node, length) in [(18, 4), (4090, 4), (3901, 4), (3900, 300), (60_000, 4)] as [(Int, UInt16)] {
            reset()
            map.storeBytes(of: UInt16(node), toByteOffset: 3 * 4096 + 18, as: UInt16.self)
            if node + 8 < 4096 { map.storeBytes(of: length, toByteOffset: 3 * 4096 + (node & ~1) + 6, as: UInt16.self) }
            #expect(branch()?.key(1) == nil)
            #expect(branch()?.place(of: [1]) == nil)
        }
        reset()
        map.storeBytes(of: 9, toByteOffset: 3 * 4096, as: UInt64.self)
        #expect(branch() == nil, "another page's number")
    }
}
