// Goal: a database is found in exactly the snapshots that have it, whatever became of handles meanwhile.
// Method: handles made, aborted, dropped and made again by this process, by its threads, and by another process.
import Glibc
import Testing

@testable import LMDB

@Suite(.endsHangs) struct DatabaseTests {
    @Test("A database is made once, found by name, listed, measured and dropped")
    func life() throws {
        try withEnvironment { environment in
            try fill(environment, "b", 0..<1000)
            try fill(environment, "a", 0..<0)
            try fill(environment, "b", 1000..<2000)
            try environment.read { txn in
                #expect(try txn.databaseNames() == ["a", "b"])
                #expect(try txn.databaseIfPresent("c") == nil)
                #expect(code { try txn.database("c") } == .notFound)
                let full = try txn.statistics(of: txn.database("b"))
                #expect(full.entries == 2000 && full.depth == 2 && full.leafPages > 1 && full.pageBytes == 4096)
                #expect(full.bytes == (full.branchPages + full.leafPages + full.overflowPages) * 4096)
                #expect(try txn.statistics(of: txn.database("a")).depth == 0)
            }
            try environment.write { txn in try txn.removeAll(in: txn.database("b")) }
            #expect(try entries(environment, "b").isEmpty)
            try environment.write { txn in try txn.drop(txn.database("b")) }
            #expect(try environment.read { try $0.databaseNames() } == ["a"])
            #expect(code { try entries(environment, "b") } == .notFound)
        }
    }

    @Test("A database made by an aborted transaction is not there, and can be made again")
    func abortedCreation() throws {
        try withEnvironment { environment in
            for _ in 0..<3 {
                #expect(throws: TestFailure.self) {
                    try environment.write { txn in
                        let db = try txn.createDatabase("t")
                        try txn.put(key(1), [1], in: db)
                        throw TestFailure("abort")
                    }
                }
                #expect(try environment.read { try $0.databaseIfPresent("t") } == nil)
                #expect(code { try environment.write { try $0.database("t") } } == .notFound)
            }
            // Another name takes the slot that the aborted handle had.
            try fill(environment, "u", 0..<3)
            try fill(environment, "t", 0..<5)
            #expect(try entries(environment, "u").count == 3)
            #expect(try entries(environment, "t").count == 5)
        }
    }

    @Test("A handle kept over transactions finds its database by name, also after it was dropped and made again")
    func keptHandle() throws {
        try withEnvironment { environment in
            let kept = try environment.write { txn in
                let db = try txn.createDatabase("t")
                try txn.put(key(1), [1], in: db)
                return db
            }
            #expect(try environment.read { try $0.value(of: key(1), in: kept) } == [1])
            try environment.write { txn in try txn.drop(kept) }
            #expect(code { try environment.read { try $0.value(of: key(1), in: kept) } } == .notFound)
            try fill(environment, "u", 0..<1, value: [8])
            #expect(code { try environment.write { try $0.put(key(1), [9], in: kept) } } == .notFound)
            #expect(try entries(environment, "u") == [key(0): [8]])
            try fill(environment, "t", 2..<3, value: [2])
            #expect(try environment.read { try $0.value(of: key(2), in: kept) } == [2])
            #expect(try environment.read { try $0.value(of: key(1), in: kept) } == nil)
        }
    }

    @Test("A handle is of no use after its database was dropped in the same transaction")
    func dropThenUse() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<3)
            try environment.write { txn in
                let db = try txn.database("t")
                try txn.drop(db)
                #expect(code { try txn.put(key(1), [1], in: db) } == .badDatabase)
                #expect(code { try txn.value(of: key(1), in: db) } == .badDatabase)
                #expect(code { try txn.withCursor(in: db) { _ in } } == .badDatabase)
                #expect(code { try txn.database("t") } == .notFound)
                let again = try txn.createDatabase("t")
                try txn.put(key(5), [5], in: again)
            }
            #expect(try entries(environment, "t") == [key(5): [5]])
        }
    }

    @Test("A drop that is aborted leaves the database as it was")
    func abortedDrop() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<1000)
            #expect(throws: TestFailure.self) {
                try environment.write { txn in
                    try txn.drop(txn.database("t"))
                    throw TestFailure("abort")
                }
            }
            #expect(try entries(environment, "t").count == 1000)
            try fill(environment, "t", 1000..<1001)
            #expect(try entries(environment, "t").count == 1001)
        }
    }

    // reader   [ begins, sees t ............ reads t to its end ]
    // dropper           [ begins, drop waits ................... drops ]
    @Test("A drop waits for the readers of this process, whose snapshot keeps the database")
    func dropWaits() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<500)
            var dropper: TestThread?
            let seen = try environment.read { txn in
                let db = try txn.database("t")
                if dropper == nil {
                    dropper = TestThread { try environment.write { txn in try txn.drop(txn.database("t")) } }
                }
                spin { environment.isClosing }
                return try txn.withCursor(in: db) { cursor in
                    var count = 0
                    while try cursor.next() { count += 1 }
                    return count
                }
            }
            dropper?.join()
            #expect(seen == 500)
            #expect(try environment.read { try $0.databaseNames() } == [])
        }
    }

    @Test("A drop does not wait for a writer of this process that waits for its turn")
    func dropBeforeWriter() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<5)
            var waiter: TestThread?
            try environment.write { txn in
                waiter = waiter ?? TestThread { try fill(environment, "u", 0..<1) }
                spin { environment.writerGate.waiting == 1 }
                try txn.drop(txn.database("t"))
            }
            waiter?.join()
            #expect(try environment.read { try $0.databaseNames() } == ["u"])
        }
    }

    @Test("Entries of other programs in the unnamed database are not taken for databases")
    func descriptions() throws {
        func isDescription(_ bytes: [UInt8]) -> Bool { DatabaseDescription(bytes.span.bytes) != nil }
        let empty = [UInt8](repeating: 0, count: 40) + [UInt8](repeating: 255, count: 8)
        #expect(isDescription(empty))
        #expect(!isDescription(Array(empty.dropLast())))
        #expect(!isDescription(empty + [0]))
        #expect(!isDescription([UInt8](repeating: 0, count: 48)))
        #expect(!isDescription(Array("a text of forty-eight bytes that means something.".utf8.prefix(48))))
    }

    @Test("A database that another process dropped is gone here too, and can be made again")
    func droppedElsewhere() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let environment = try prepareForDrop(folder)
        await #expect(processExitsWith: .success) { [folder = folder as String] in
            try nested(folder) { environment in try environment.write { txn in try txn.drop(txn.database("t")) } }
        }
        try afterDropElsewhere(environment)
    }

    private func prepareForDrop(_ folder: String) throws -> Environment {
        let environment = try Environment.open(at: folder, options: testOptions())
        try fill(environment, "t", 0..<300)
        #expect(try entries(environment, "t").count == 300)
        return environment
    }

    private func afterDropElsewhere(_ environment: Environment) throws {
        #expect(code { try entries(environment, "t") } == .notFound)
        #expect(code { try environment.write { try $0.database("t") } } == .notFound)
        try fill(environment, "t", 5..<8)
        #expect(
            try entries(environment, "t").keys.sorted { $0.lexicographicallyPrecedes($1) } == [key(5), key(6), key(7)])
    }

    @Test("Flags are fixed when a database is made")
    func flags() throws {
        try withEnvironment { environment in
            try environment.write { txn in
                let native = try txn.createDatabase("native", flags: .integerKeys)
                for number in [300, 2, 70000] {
                    try txn.put(withUnsafeBytes(of: UInt64(number)) { Array($0) }, [], in: native)
                }
                #expect(code { try txn.createDatabase("native") } == .incompatible)
                #expect(try txn.createDatabase("native", flags: .integerKeys) == native)
            }
            try environment.read { txn in
                let native = try txn.database("native")
                #expect(try txn.statistics(of: native).flags == .integerKeys)
                let order = try txn.withCursor(in: native) { cursor in
                    var all: [UInt64] = []
                    while try cursor.next() {
                        all.append(
                            cursor.withEntry { key, _ in key.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } })
                    }
                    return all
                }
                #expect(order == [2, 300, 70000])
            }
        }
    }

    @Test("More databases than allowed, and impossible names, are refused")
    func limits() throws {
        try withFolder { folder in
            var options = testOptions()
            options.databasesMax = 2
            let environment = try Environment.open(at: folder, options: options)
            try fill(environment, "a", 0..<1)
            try fill(environment, "b", 0..<1)
            #expect(code { try fill(environment, "c", 0..<1) } == .databasesFull)
            for name in ["", "a\0b", String(repeating: "x", count: 512)] {
                #expect(code { try environment.read { try $0.databaseIfPresent(name) } } == .badValueSize)
            }
            #expect(try entries(environment, "a").count == 1)
        }
    }
}
