// Goal: cursors go where they say, over every kind of key and value, also while they change the database.
// Method: the edges by hand; then a seeded walk beside a sorted array.
import Testing

@testable import LMDB

@Suite(.endsHangs) struct CursorTests {
    @Test("Moves find what is there and say when nothing is")
    func moves() throws {
        try withEnvironment { environment in
            try environment.write { txn in
                let db = try txn.createDatabase("t")
                for number in [10, 20, 30] { try txn.put(key(number), [UInt8(number)], in: db) }
            }
            let found = try environment.read { txn in
                try txn.withCursor(in: txn.database("t")) { cursor in
                    [
                        at(try cursor.next(), cursor), at(try cursor.previous(), cursor),
                        at(try cursor.last(), cursor), at(try cursor.next(), cursor),
                        at(try cursor.first(), cursor), at(try cursor.next(), cursor),
                        at(try cursor.next(), cursor), at(try cursor.previous(), cursor),
                    ]
                }
            }
            #expect(found == [10, nil, 30, nil, 10, 20, 30, 20])
            let sought = try environment.read { txn in
                try txn.withCursor(in: txn.database("t")) { cursor in
                    [
                        at(try cursor.seek(atOrAfter: key(11)), cursor),
                        at(try cursor.seek(atOrAfter: key(20)), cursor),
                        at(try cursor.seek(atOrAfter: []), cursor), at(try cursor.seek(atOrAfter: key(31)), cursor),
                        at(try cursor.seek(exactly: key(30)), cursor), at(try cursor.seek(exactly: key(29)), cursor),
                        at(try cursor.seek(exactly: key(10)), cursor),
                    ]
                }
            }
            #expect(sought == [20, 20, 10, nil, 30, nil, 10])
            let fromNowhere = try environment.read { txn in
                try txn.withCursor(in: txn.database("t")) { cursor in at(try cursor.previous(), cursor) }
            }
            #expect(fromNowhere == 30)
        }
    }

    /// The one byte of the value it is at, after its key was checked; nil when there is no entry.
    private func at(_ isFound: Bool, _ cursor: borrowing Cursor) -> UInt8? {
        guard isFound else { return nil }
        let value = cursor.value
        #expect(value.count == 1)
        let found = cursor.key
        #expect(found == key(Int(value[0])))
        let byteCount = cursor.withEntry { key, value in key.byteCount + value.byteCount }
        #expect(byteCount == 9)
        return value[0]
    }

    @Test("An empty database has no entry anywhere")
    func empty() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<0)
            let found = try environment.read { txn in
                try txn.withCursor(in: txn.database("t")) { cursor in
                    [
                        try cursor.first(), try cursor.last(), try cursor.next(), try cursor.previous(),
                        try cursor.seek(atOrAfter: [1]), try cursor.seek(exactly: [1]), try cursor.seek(atOrAfter: []),
                    ]
                }
            }
            #expect(found == Array(repeating: false, count: 7))
        }
    }

    @Test("Keys have 1 to 511 bytes, values any number from none")
    func sizes() throws {
        try withEnvironment { environment in
            let longest = [UInt8](repeating: 255, count: Environment.keyBytesMax)
            let large = [UInt8](repeating: 5, count: 100_000)
            try environment.write { txn in
                let db = try txn.createDatabase("t")
                #expect(code { try txn.put([], [1], in: db) } == .badValueSize)
                #expect(code { try txn.put(longest + [0], [1], in: db) } == .badValueSize)
                #expect(code { try txn.value(of: [], in: db) } == .badValueSize)
                #expect(try txn.value(of: longest + [0], in: db) == nil)
                try txn.put(longest, [], in: db)
                try txn.put([0], large, in: db)
                #expect(try txn.delete(longest + [0], in: db) == false)
            }
            try environment.read { txn in
                let db = try txn.database("t")
                #expect(try txn.value(of: longest, in: db) == [])
                #expect(try txn.value(of: [0], in: db) == large)
                #expect(try txn.withValue(of: longest.span.bytes, in: db) { $0.isEmpty } == true)
                #expect(try txn.statistics(of: db).overflowPages > 20)
            }
        }
    }

    @Test("Put flags: no overwriting, and appending only in order")
    func putFlags() throws {
        try withEnvironment { environment in
            try environment.write { txn in
                let db = try txn.createDatabase("t")
                try txn.put(key(5), [5], in: db, .noOverwrite)
                #expect(code { try txn.put(key(5), [6], in: db, .noOverwrite) } == .keyExists)
                try txn.put(key(6), [6], in: db, .append)
                #expect(code { try txn.put(key(6), [7], in: db, .append) } == .keyExists)
                #expect(code { try txn.put(key(3), [7], in: db, .append) } == .keyExists)
                try txn.withWriteCursor(in: db) { cursor in
                    let early = code { try cursor.put(key(4).span.bytes, key(4).span.bytes, .append) }
                    #expect(early == .keyExists)
                    try cursor.put(key(9).span.bytes, [UInt8]().span.bytes, .append)
                }
                try txn.put(key(3), [3], in: db)
                #expect(try txn.delete(key(5), in: db))
                #expect(try !txn.delete(key(5), in: db))
            }
            #expect(try entries(environment, "t") == [key(3): [3], key(6): [6], key(9): []])
        }
    }

    @Test("Deleting while going forward or backward visits every other entry once", arguments: [true, false])
    func deleteWhileMoving(isForward: Bool) throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<5000, value: [UInt8](repeating: 1, count: 50))
            let visited = try environment.write { txn in
                try txn.withWriteCursor(in: txn.database("t")) { cursor in
                    var visited: [[UInt8]] = []
                    while isForward ? try cursor.next() : try cursor.previous() {
                        visited.append(cursor.key)
                        if visited.count % 3 != 0 { try cursor.deleteCurrent() }
                    }
                    return visited
                }
            }
            let expected = (0..<5000).map { key(isForward ? $0 : 4999 - $0) }
            #expect(visited == expected)
            #expect(try entries(environment, "t").count == 1666)
        }
    }

    @Test(
        "A seeded walk with puts and deletions agrees with a sorted array",
        arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func walk(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        try withEnvironment { environment in
            var model: [Int: [UInt8]] = [:]
            for _ in 0..<5 {
                try environment.write { txn in
                    let db = try txn.createDatabase("t")
                    try txn.withWriteCursor(in: db) { cursor in
                        for _ in 0..<1500 { try step(&cursor, &model, &random) }
                    }
                }
                let expected = Dictionary(uniqueKeysWithValues: model.map { (key($0.key), $0.value) })
                #expect(try entries(environment, "t") == expected)
            }
            #expect(model.count > 100)
        }
    }

    private func step(_ cursor: inout WriteCursor, _ model: inout [Int: [UInt8]], _ random: inout SplitMix) throws {
        let number = Int.random(in: 0..<2000, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1:
            let value = [UInt8](repeating: UInt8(number % 251), count: Int.random(in: 0..<300, using: &random))
            try cursor.put(key(number).span.bytes, value.span.bytes)
            model[number] = value
        case 2:
            let isThere = try cursor.seek(exactly: key(number))
            #expect(isThere == (model[number] != nil))
            guard isThere else { return }
            let value = cursor.value
            #expect(value == model[number])
            try cursor.deleteCurrent()
            model[number] = nil
        default:
            let expected = model.keys.filter { $0 >= number }.min()
            guard try cursor.seek(atOrAfter: key(number)) else { return #expect(expected == nil) }
            let found = cursor.key
            #expect(found == expected.map(key))
        }
    }

    @Test("Cursors of one transaction follow what others of it change")
    func twoCursors() throws {
        try withEnvironment { environment in
            try fill(environment, "from", 0..<2000)
            try fill(environment, "to", 0..<0)
            try environment.write { txn in
                let from = try txn.database("from")
                let to = try txn.database("to")
                try txn.withWriteCursor(in: from) { cursor in
                    while try cursor.next() {
                        let moved = cursor.key
                        try txn.put(moved, cursor.value, in: to)
                        try cursor.deleteCurrent()
                    }
                }
                #expect(try txn.statistics(of: from).entries == 0)
            }
            #expect(try entries(environment, "to").count == 2000)
        }
    }

    @Test("Asking a cursor for an entry where there is none stops the process with a message")
    func noEntry() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [folder = folder as String] in
            try nested(folder) { environment in
                try fill(environment, "t", 0..<1)
                try environment.read { txn in
                    try txn.withCursor(in: txn.database("t")) { cursor in
                        _ = try (cursor.next(), cursor.next())
                        _ = cursor.key
                    }
                }
            }
        }
        #expect(message(result).contains("the cursor is at no entry"))
    }

    @Test("Asking a cursor for bytes that a change may have moved stops the process with a message")
    func movedEntry() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [folder = folder as String] in
            try nested(folder) { environment in
                try fill(environment, "t", 0..<1)
                try environment.write { txn in
                    let db = try txn.database("t")
                    try txn.withCursor(in: db) { cursor in
                        _ = try cursor.first()
                        try txn.put(key(1), [1], in: db)
                        _ = cursor.key
                    }
                }
            }
        }
        #expect(message(result).contains("the transaction changed since the cursor moved"))
    }

    @Test("Deleting at a cursor after its database changed another way stops the process with a message")
    func deleteMovedEntry() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [folder = folder as String] in
            try nested(folder) { environment in
                try fill(environment, "t", 0..<2)
                try environment.write { txn in
                    let db = try txn.database("t")
                    try txn.withWriteCursor(in: db) { cursor in
                        _ = try cursor.first()
                        try txn.delete(key(0), in: db)
                        try cursor.deleteCurrent()
                    }
                }
            }
        }
        #expect(message(result).contains("was changed in another way"))
    }
}

/// A small seeded generator (Steele, Lea, Flood: SplitMix).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
