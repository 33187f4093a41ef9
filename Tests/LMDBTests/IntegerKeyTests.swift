// Goal: a database whose keys LMDB compares as native integers reads like every other one: sorted byte by byte, found
// by any bound. Method: numbers whose native bytes sort in another order; a plain database as the model.

import LMDB
import Testing

@Suite("Databases of integer keys")
struct IntegerKeyTests {
    private static let numbers = [0, 1, 255, 256, 257, 65_535, 65_536, 1 << 40, (1 << 40) + 1, Int.max]

    /// The same numbers under integer keys and under keys of bytes.
    private func filled(_ environment: Environment) throws {
        try environment.write { txn in
            let native = try txn.createDatabase("native", flags: .integerKeys)
            let plain = try txn.createDatabase("plain")
            for number in Self.numbers.shuffled() {
                try txn.put(key(number), key(number), in: native)
                try txn.put(key(number), key(number), in: plain)
            }
        }
    }

    @Test("cursors give the keys in the order of their bytes, both ways, and values are found under them")
    func order() throws {
        try withEnvironment { environment in
            try filled(environment)
            try environment.read { txn in
                let native = try txn.database("native")
                try txn.withCursor(in: native) { cursor in
                    var up: [[UInt8]] = []
                    while try cursor.next() { up.append(cursor.key) }
                    #expect(up == Self.numbers.map(key))
                    var down: [[UInt8]] = []
                    var more = try cursor.last()
                    while more {
                        down.append(cursor.key)
                        more = try cursor.previous()
                    }
                    #expect(down == up.reversed())
                }
                for number in Self.numbers { #expect(try txn.value(of: key(number), in: native) == key(number)) }
                #expect(try txn.value(of: key(2), in: native) == nil)
            }
        }
    }

    private func landings(
        _ name: String, _ bounds: [[UInt8]], _ txn: borrowing ReadTransaction
    ) throws -> [[UInt8]?] {
        try txn.withCursor(in: txn.database(name)) { cursor in
            try bounds.map { try cursor.seek(atOrAfter: $0) ? cursor.key : nil }
        }
    }

    @Test("a seek lands where it would among keys of bytes, whatever the bound")
    func seeks() throws {
        try withEnvironment { environment in
            try filled(environment)
            var bounds = Self.numbers.map(key) + Self.numbers.map { key($0) + [0] }
            bounds += [[], [0], [0, 0, 1], [0x7F], [0x80], [255], Array(repeating: 255, count: 9)]
            try environment.read { txn in
                let native = try landings("native", bounds, txn)
                #expect(try native == landings("plain", bounds, txn))
                try txn.withCursor(in: txn.database("native")) { cursor in
                    let found = try [key(256), key(2), [1]].map { try cursor.seek(exactly: $0) }
                    #expect(found == [true, false, false])
                }
            }
        }
    }

    @Test("entries are counted from any bound, over many leaves")
    func steps() throws {
        try withEnvironment { environment in
            try environment.write { txn in
                let native = try txn.createDatabase("native", flags: .integerKeys)
                for number in 0..<3_000 { try txn.put(key(number), key(number), in: native, .append) }
            }
            try environment.read { txn in
                let native = try txn.database("native")
                let all = try txn.step(over: 5_000, from: nil, in: native)
                #expect(all.stepped == 3_000 && all.next == nil)
                let some = try txn.step(over: 1_000, from: key(500) + [0], in: native)
                #expect(some.stepped == 1_000 && some.next == key(1_501))
            }
        }
    }

    @Test("keys of another size are never put, and are under no key: LMDB would lose records among them")
    func otherSizes() throws {
        try withEnvironment { environment in
            try filled(environment)
            for wrong in [[1], Array(repeating: 1, count: 4), Array(repeating: 1, count: 9)] as [[UInt8]] {
                let error = #expect(throws: LMDBError.self) {
                    try environment.write { txn in try txn.put(wrong, [1], in: txn.database("native")) }
                }
                #expect(error?.code == .badIntegerKey)
                try environment.write { txn in
                    let native = try txn.database("native")
                    #expect(try txn.value(of: wrong, in: native) == nil)
                    #expect(try !txn.delete(wrong, in: native))
                }
            }
        }
    }

    @Test("write cursors put and delete under the same keys; appending follows the order of numbers")
    func writing() throws {
        try withEnvironment { environment in
            try environment.write { txn in
                let native = try txn.createDatabase("native", flags: .integerKeys)
                try txn.withWriteCursor(in: native) { cursor in
                    for number in Self.numbers { try cursor.put(key(number).span.bytes, RawSpan(), .append) }
                    let isThere = try cursor.seek(exactly: key(257))
                    #expect(isThere)
                    try cursor.deleteCurrent()
                    let isMore = try cursor.next()
                    #expect(isMore && cursor.key == key(65_535))
                }
                #expect(try txn.delete(key(1), in: native))
                #expect(try txn.statistics(of: native).entries == Self.numbers.count - 2)
            }
        }
    }
}
