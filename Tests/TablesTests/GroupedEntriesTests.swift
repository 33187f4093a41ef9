// Goal: a grouped database shows exactly the entries of a plain one, whatever they are and however it is asked: grouped
// and plain are two layouts of one thing. Method: random entries, of every kind of index key and primary key, put into
// both and taken out of both; every move, from every kind of bound, in both; seeds are printed.

import LMDB
import Testing
import Values

@testable import Tables

@Suite struct GroupedEntriesTests {
    /// The same entries in two layouts.
    struct Pair {
        let plain: Database
        let grouped: Database
    }

    private func withPair(
        components: Int, _ body: (borrowing WriteTransaction, Pair) throws -> Void
    ) throws {
        let folder = try TemporaryFolder()
        let environment = try Environment.open(at: folder.path, options: testOptions)
        try environment.write { txn in
            let grouped = try txn.createDatabase("grouped", folding: EntryFolding(components: components))
            try body(txn, Pair(plain: try txn.createDatabase("plain"), grouped: grouped))
        }
    }

    /// Every entry forward, then every entry backward.
    private func walk(_ db: Database, _ txn: borrowing WriteTransaction) throws -> [[UInt8]] {
        try txn.withCursor(in: db) { cursor in
            var found: [[UInt8]] = []
            while try cursor.next() {
                found.append(cursor.key)
                #expect(cursor.value.isEmpty)
            }
            var more = try cursor.last()
            while more {
                found.append(cursor.key)
                more = try cursor.previous()
            }
            return found
        }
    }

    /// Where a seek lands, and the entries before and behind it.
    private func landing(
        _ bound: [UInt8], _ db: Database, _ txn: borrowing WriteTransaction
    ) throws -> [[UInt8]?] {
        try txn.withCursor(in: db) { cursor in
            var found = [try cursor.seek(atOrAfter: bound) ? cursor.key : nil]
            guard found[0] != nil else { return found }
            found.append(try cursor.next() ? cursor.key : nil)
            _ = try cursor.seek(atOrAfter: bound)
            found.append(try cursor.previous() ? cursor.key : nil)
            found.append(try cursor.next() ? cursor.key : nil)
            return found
        }
    }

    private func expectSame(
        _ pair: Pair, _ bounds: [[UInt8]], _ txn: borrowing WriteTransaction, _ seed: UInt64
    ) throws {
        #expect(try walk(pair.grouped, txn) == walk(pair.plain, txn), "seed \(seed)")
        let counts = try [pair.grouped, pair.plain].map { try txn.statistics(of: $0).entries }
        #expect(counts[0] == counts[1], "seed \(seed)")
        for bound in bounds {
            #expect(try landing(bound, pair.grouped, txn) == landing(bound, pair.plain, txn), "seed \(seed): \(bound)")
            guard !bound.isEmpty, bound.count <= EntryLayout.entryBytesMax else { continue }
            let there = try [pair.grouped, pair.plain].map { db in
                try txn.withCursor(in: db) { cursor in
                    let value = try txn.value(of: bound, in: db)
                    return [value != nil, value?.isEmpty ?? true, try cursor.seek(exactly: bound)]
                }
            }
            #expect(there[0] == there[1], "seed \(seed): \(bound)")
        }
    }

    @Test("entries of every kind read alike in both layouts, after puts and deletes", arguments: 1...12)
    func readsAlike(round: Int) throws {
        let seed = UInt64(round) &* 0x9E37_79B9
        print("seed \(seed)")
        var dice = EntryDice(seed: seed)
        let components = 1 + round % 3
        try withPair(components: components) { txn, pair in
            var all: Set<[UInt8]> = []
            for step in 0..<3 {
                for _ in 0..<600 {
                    let entry = try dice.entry(components)
                    all.insert(entry)
                    for db in [pair.plain, pair.grouped] { try txn.put(entry, [], in: db) }
                }
                for entry in all where dice.isOne(in: 4) {
                    let deleted = try [pair.plain, pair.grouped].map { try txn.delete(entry, in: $0) }
                    #expect(deleted == [true, true])
                    all.remove(entry)
                    let again = try [pair.plain, pair.grouped].map { try txn.delete(entry, in: $0) }
                    #expect(again == [false, false])
                }
                let sorted = all.sorted { $0.lexicographicallyPrecedes($1) }
                #expect(try walk(pair.grouped, txn) == sorted + sorted.reversed(), "seed \(seed), step \(step)")
                let bounds = try (0..<400).map { _ in try dice.bound(near: sorted, components) }
                try expectSame(pair, bounds, txn, seed)
            }
        }
    }

    @Test("bytes that are no entries are kept, found and deleted too", arguments: 1...4)
    func damage(round: Int) throws {
        var dice = EntryDice(seed: UInt64(round))
        try withPair(components: 1) { txn, pair in
            var all: Set<[UInt8]> = []
            for _ in 0..<300 {
                let entry = try dice.damaged(dice.entry(1))
                all.insert(entry)
                try txn.put(entry, [], in: pair.grouped)
            }
            let shown = try walk(pair.grouped, txn)
            #expect(shown.count == 2 * all.count && Set(shown) == all)
            for entry in all {
                #expect(try txn.value(of: entry, in: pair.grouped) == [])
                #expect(try txn.delete(entry, in: pair.grouped))
            }
            #expect(try walk(pair.grouped, txn).isEmpty)
        }
    }

    @Test("appending in order fills both alike, and out of order is refused by both", arguments: 1...6)
    func appending(round: Int) throws {
        let seed = UInt64(round)
        var dice = EntryDice(seed: seed)
        try withPair(components: 1) { txn, pair in
            let entries = try dice.entriesInOrder(2_000)
            var refused: [Int] = []
            for db in [pair.plain, pair.grouped] {
                try txn.withWriteCursor(in: db) { cursor in
                    for place in entries.indices {
                        let entry = entries[place]
                        try cursor.put(entry.span.bytes, RawSpan(), .append)
                        guard place % 50 == 7 else { continue }
                        for wrong in [entries[place], entries[place - 1], entries[place / 2]] {
                            let error = #expect(throws: LMDBError.self) {
                                try txn.put(wrong, [], in: db, .append)
                            }
                            #expect(error?.code == .keyExists)
                            refused.append(place)
                        }
                    }
                }
            }
            #expect(refused.count > 150)
            try expectSame(pair, entries, txn, seed)
            for db in [pair.plain, pair.grouped] {
                let error = #expect(throws: LMDBError.self) { try txn.put(entries[9], [], in: db, .noOverwrite) }
                #expect(error?.code == .keyExists)
                try txn.put(entries[9], [], in: db)
            }
            try expectSame(pair, [], txn, seed)
        }
    }

    @Test("appending many at once is appending one by one", arguments: 1...6)
    func appendingGroups(round: Int) throws {
        let seed = UInt64(round)
        var dice = EntryDice(seed: seed)
        try withPair(components: 1) { txn, pair in
            let entries = try dice.entriesInOrder(4_000)
            try txn.withWriteCursor(in: pair.plain) { cursor in
                for entry in entries { try cursor.put(entry.span.bytes, RawSpan(), .append) }
            }
            var start = 0
            while start < entries.count {
                let end = min(start + dice.number(1...700), entries.count)
                try txn.withWriteCursor(in: pair.grouped) { cursor in
                    let middle = dice.number(start...end)
                    for range in [start..<middle, middle..<end] {
                        try cursor.append { take in
                            for entry in entries[range] { try take(entry.span.bytes) }
                        }
                    }
                }
                for wrong in [start, end - 1, start / 2] {
                    let error = #expect(throws: LMDBError.self) {
                        try txn.withWriteCursor(in: pair.grouped) { cursor in
                            let entry = entries[wrong]
                            try cursor.append { take in try take(entry.span.bytes) }
                        }
                    }
                    #expect(error?.code == .keyExists)
                }
                start = end
            }
            try expectSame(pair, entries, txn, seed)
            let long = [UInt8](repeating: 0x10, count: 512)
            let error = #expect(throws: LMDBError.self) {
                try txn.withWriteCursor(in: pair.grouped) { cursor in
                    try cursor.append { take in try take(long.span.bytes) }
                }
            }
            #expect(error?.code == .badValueSize)
        }
    }

    @Test("a cursor that appended stands behind what another one appended since")
    func appendingByTwo() throws {
        try withPair(components: 1) { txn, pair in
            let keys = try ["a", "b"].map { try KeyEncoding.indexKey([.string($0)]) }
            let entries = try (0..<4).map { try keys[$0 == 2 ? 1 : 0] + KeyEncoding.primaryKey(.int($0)) }
            for db in [pair.plain, pair.grouped] {
                try txn.withWriteCursor(in: db) { cursor in
                    for entry in entries[..<2] { try cursor.put(entry.span.bytes, RawSpan(), .append) }
                    try txn.put(entries[2], [], in: db, .append)
                    let late = entries[3]
                    let error = #expect(throws: LMDBError.self) { try cursor.put(late.span.bytes, RawSpan(), .append) }
                    #expect(error?.code == .keyExists)
                }
            }
            try expectSame(pair, entries, txn, 0)
        }
    }

    @Test("a cursor that deletes goes on behind or before what it deleted", arguments: 1...8)
    func deleting(round: Int) throws {
        let seed = UInt64(round)
        var dice = EntryDice(seed: seed)
        try withPair(components: 1) { txn, pair in
            let entries = try Set((0..<1_500).map { _ in try dice.entry(1) }).sorted {
                $0.lexicographicallyPrecedes($1)
            }
            for db in [pair.plain, pair.grouped] { for entry in entries { try txn.put(entry, [], in: db) } }
            for _ in 0..<20 {
                let start = try dice.bound(near: entries, 1)
                let plan = (0..<30).map { _ in dice.number(0...3) }
                let seen = try [pair.plain, pair.grouped].map { db in
                    try txn.withWriteCursor(in: db) { cursor in
                        var seen: [[UInt8]?] = []
                        guard try cursor.seek(atOrAfter: start) else { return seen }
                        for step in plan {
                            seen.append(cursor.key)
                            if step < 2 { try cursor.deleteCurrent() }
                            guard try step.isMultiple(of: 2) ? cursor.next() : cursor.previous() else { return seen }
                        }
                        return seen
                    }
                }
                #expect(seen[0] == seen[1], "seed \(seed)")
                try expectSame(pair, [], txn, seed)
            }
        }
    }

    @Test("steps over entries, and the cuts that a check is shared by, are the same")
    func stepping() throws {
        let folder = try TemporaryFolder()
        let environment = try Environment.open(at: folder.path, options: testOptions)
        var dice = EntryDice(seed: 5)
        let folding = EntryFolding(components: 1)
        try environment.write { txn in
            let pair = Pair(
                plain: try txn.createDatabase("plain"), grouped: try txn.createDatabase("grouped", folding: folding))
            for _ in 0..<3_000 {
                let entry = try dice.entry(1)
                for db in [pair.plain, pair.grouped] { try txn.put(entry, [], in: db) }
            }
        }
        try environment.read { txn in
            let (plain, grouped) = try (txn.database("plain"), txn.database("grouped", folding: folding))
            for stride in [1, 7, 500] {
                var (a, b): ([UInt8]?, [UInt8]?)
                repeat {
                    a = try txn.step(over: stride, from: a, in: plain).next
                    b = try txn.step(over: stride, from: b, in: grouped).next
                    #expect(a == b)
                } while a != nil && b != nil
            }
            let code = #expect(throws: LMDBError.self) { try txn.database("plain", folding: folding) }
            #expect(code?.code == .incompatible)
        }
    }

    @Test("no number has the mark of entries that are stored whole")
    func mark() throws {
        let numbers: [Value] = [
            .double(.infinity), .double(-.infinity), .int(.max), .int(.min), .uint(.max),
            .double(.greatestFiniteMagnitude), .double(-.greatestFiniteMagnitude), .double(0),
            .double(.leastNonzeroMagnitude),
        ]
        for number in numbers {
            let key = try KeyEncoding.primaryKey(number)
            #expect(!key.dropFirst().allSatisfy { $0 == 0xFF } && [9, 11].contains(key.count))
        }
        // NaN is no primary key; as a component it comes before all numbers.
        #expect(throws: KeyError.self) { try KeyEncoding.primaryKey(.double(.nan)) }
        // The mark's own bytes as if they were a number: kept whole.
        try withPair(components: 1) { txn, pair in
            let entry = try KeyEncoding.indexKey([.null]) + [KeyEncoding.Tag.number] + Array(repeating: 0xFF, count: 10)
            for db in [pair.plain, pair.grouped] { try txn.put(entry, [], in: db) }
            try expectSame(pair, [entry], txn, 0)
        }
    }
}
