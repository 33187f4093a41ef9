// Goal: counting by the heads of leaves counts what a cursor meets, from everywhere and however far.
// Method: databases of many shapes, each counted both ways from many places; and bytes that are no leaf.
import Testing

@testable import LMDB

@Suite(.endsHangs) struct LeafCountTests {
    enum Shape: CaseIterable {
        case empty, one, onePage, full, halfFull, holes, largeValues, longKeys, integerKeys, duplicates
    }

    private func make(_ shape: Shape, in environment: Environment) throws {
        let flags: DatabaseFlags = shape == .integerKeys ? .integerKeys : shape == .duplicates ? .duplicates : []
        try environment.write { txn in
            let db = try txn.createDatabase("t", flags: flags)
            for number in order(shape) {
                let value = [UInt8](repeating: 7, count: valueBytes(shape, number))
                try txn.put(keyBytes(shape, number), value, in: db)
                if shape == .duplicates { try txn.put(keyBytes(shape, number), [8], in: db) }
            }
            for number in order(shape) where shape == .holes && number % 7 != 0 {
                try txn.delete(keyBytes(shape, number), in: db)
            }
        }
    }

    private func order(_ shape: Shape) -> [Int] {
        switch shape {
        case .empty: []
        case .one: [5]
        case .onePage: Array(0..<9)
        case .halfFull: Array(0..<3_000).reversed()
        case .longKeys, .duplicates: Array(0..<200)
        default: Array(0..<3_000)
        }
    }

    private func keyBytes(_ shape: Shape, _ number: Int) -> [UInt8] {
        switch shape {
        case .longKeys: [UInt8](repeating: 1, count: 500) + key(number)
        case .integerKeys: withUnsafeBytes(of: UInt64(number)) { Array($0) }
        default: key(number)
        }
    }

    private func valueBytes(_ shape: Shape, _ number: Int) -> Int {
        shape == .largeValues && number % 5 == 0 ? 9_000 : number % 90
    }

    @Test("steps over as many entries as a cursor meets, from any key and of any number", arguments: Shape.allCases)
    func agrees(shape: Shape) throws {
        try withEnvironment { environment in
            try make(shape, in: environment)
            try environment.read { txn in
                let db = try txn.database("t")
                var keys: [[UInt8]] = []
                try txn.withCursor(in: db) { cursor in while try cursor.next() { keys.append(cursor.key) } }
                let stride = max(1, keys.count / 23)
                let starts: [Int?] = [nil] + Array(Swift.stride(from: 0, to: keys.count, by: stride))
                for start in starts {
                    for limit in [0, 1, 2, 3, 13, 14, 15, 200, keys.count, keys.count + 1, .max] {
                        let begin = start.map { keys.firstIndex(of: keys[$0]) ?? $0 } ?? 0
                        let expected = min(limit, keys.count - begin)
                        let found = try txn.step(over: limit, from: start.map { keys[$0] }, in: db)
                        #expect(found.stepped == expected)
                        #expect(found.next == (begin + expected < keys.count ? keys[begin + expected] : nil))
                    }
                }
            }
        }
    }

    @Test("begins behind a key that is not there")
    func absentKey() throws {
        try withEnvironment { environment in
            try make(.holes, in: environment)
            let found = try environment.read { txn in try txn.step(over: 3, from: key(8), in: txn.database("t")) }
            #expect(found.stepped == 3 && found.next == key(14 + 21))
        }
    }

    @Test("counts by leaves: hardly a move of the cursor for each")
    func countsByLeaves() throws {
        try withEnvironment { environment in
            try make(.full, in: environment)
            try environment.read { txn in
                let db = try txn.database("t")
                var moves = 0
                try txn.withCursor(in: db) { cursor in
                    var isThere = try cursor.first()
                    while isThere {
                        _ = try cursor.position.skipWithinLeaf(atMost: .max)
                        isThere = try cursor.next()
                        moves += 1
                    }
                }
                #expect(try moves == txn.statistics(of: db).leafPages)
            }
        }
    }

    @Test("what is not a leaf with this key is none")
    func damage() {
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
        defer { page.deallocate() }
        func reset() {
            page.initializeMemory(as: UInt8.self, repeating: 0)
            page.storeBytes(of: 2, toByteOffset: 10, as: UInt16.self)
            page.storeBytes(of: 20, toByteOffset: 12, as: UInt16.self)
            for (place, entry) in [(0, 4000), (1, 3900)] {
                page.storeBytes(of: UInt16(entry), toByteOffset: 16 + 2 * place, as: UInt16.self)
                page.storeBytes(of: 4, toByteOffset: entry + 6, as: UInt16.self)
            }
        }
        func leaf(_ offset: Int = 4008) -> TreePage? {
            TreePage(around: UnsafeRawBufferPointer(rebasing: page[offset..<offset + 4]))
        }
        reset()
        #expect(leaf()?.count == 2)
        #expect(leaf()?.place(of: UnsafeRawBufferPointer(rebasing: page[3908..<3912])) == 1)
        #expect(leaf()?.place(of: UnsafeRawBufferPointer(rebasing: page[3900..<3904])) == nil)
        #expect(leaf()?.key(at: 2) == nil && leaf()?.key(at: -1) == nil)
        #expect(TreePage(around: UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
        #expect(leaf(8) == nil, "in the head")
        for (flags, end) in [(1, 20), (4, 20), (0x22, 20), (2, 16), (2, 19), (2, 4090), (2, 0)] as [(UInt16, UInt16)] {
            reset()
            page.storeBytes(of: flags, toByteOffset: 10, as: UInt16.self)
            page.storeBytes(of: end, toByteOffset: 12, as: UInt16.self)
            #expect(leaf() == nil)
        }
        for (entry, length) in [(17, 4), (4090, 4), (4000, 100), (60_000, 4)] as [(Int, UInt16)] {
            reset()
            page.storeBytes(of: UInt16(entry), toByteOffset: 18, as: UInt16.self)
            if entry + 8 < 4096 { page.storeBytes(of: length, toByteOffset: entry + 6, as: UInt16.self) }
            #expect(leaf()?.key(at: 1) == nil)
        }
    }
}
