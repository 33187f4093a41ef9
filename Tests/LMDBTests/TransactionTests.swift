// Goal: transactions are snapshots, all or nothing, and a misuse stops with a message instead of hanging.
// Method: threads where two transactions meet; child processes for what must stop the process.
import Glibc
import Testing

@testable import LMDB

@Suite(.endsHangs) struct TransactionTests {
    @Test("A write is kept when its body returns and gone when it throws")
    func allOrNothing() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<3)
            #expect(throws: TestFailure.self) {
                try environment.write { txn in
                    let db = try txn.database("t")
                    try txn.put(key(9), [9], in: db)
                    #expect(try txn.value(of: key(9), in: db) == [9])
                    throw TestFailure("stop")
                }
            }
            #expect(try entries(environment, "t").count == 3)
            #expect(try environment.info().lastTransactionID == 1)
        }
    }

    @Test("Errors that do not spoil a transaction can be caught, and the rest of it is kept")
    func harmlessErrors() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<3)
            try environment.write { txn in
                let db = try txn.database("t")
                // These do not spoil it.
                #expect(code { try txn.put(key(1), [2], in: db, .noOverwrite) } == .keyExists)
                #expect(code { try txn.put([], [2], in: db) } == .badValueSize)
                try txn.put(key(7), [7], in: db)
            }
            #expect(try entries(environment, "t")[key(7)] == [7])
        }
    }

    @Test("A snapshot does not change while others write")
    func snapshot() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<3)
            try environment.read { txn in
                let before = txn.id
                let writer = TestThread { try fill(environment, "t", 3..<100) }
                writer.join()
                let db = try txn.database("t")
                #expect(txn.id == before)
                #expect(try txn.statistics(of: db).entries == 3)
                #expect(try environment.read { inner in inner.id } == before + 1)
            }
            #expect(try entries(environment, "t").count == 100)
        }
    }

    @Test("Ids: a write has the next number, and its readers see it")
    func ids() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<1)
            let written = try environment.write { txn in
                try txn.put(key(1), [], in: txn.database("t"))
                return txn.id
            }
            #expect(written == 2)
            #expect(try environment.read { $0.id } == 2)
            #expect(try environment.writeAsLoader { $0.id } == 3)
        }
    }

    @Test("Writers of one process wait for each other and lose nothing")
    func writersOfOneProcess() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<1, value: [0, 0])
            let threads = (0..<4).map { _ in
                TestThread {
                    for _ in 0..<50 {
                        try environment.write { txn in
                            let db = try txn.database("t")
                            let old = try txn.value(of: key(0), in: db) ?? []
                            let sum = Int(old[0]) * 256 + Int(old[1]) + 1
                            try txn.put(key(0), [UInt8(sum / 256), UInt8(sum % 256)], in: db)
                        }
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(try entries(environment, "t")[key(0)] == [0, 200])
        }
    }

    @Test("A read inside a read is another snapshot, and does not wait when the map is about to grow")
    func nestedRead() throws {
        try withEnvironment(mapBytes: 1 << 20) { environment in
            try fill(environment, "t", 0..<1)
            var grower: TestThread?
            try environment.read { outer in
                let first = outer.id
                if grower == nil {
                    grower = TestThread {
                        try fill(environment, "t", 0..<3000, value: [UInt8](repeating: 3, count: 1000))
                    }
                }
                // The map is full once its owner waits for us: new readers of other threads are kept out meanwhile.
                spin { environment.isClosing }
                let nested = try environment.read { inner in try inner.statistics(of: inner.database("t")).entries }
                #expect(nested == 1)
                #expect(outer.id == first)
            }
            grower?.join()
            #expect(try entries(environment, "t").count == 3000)
        }
    }

    @Test("A body's result can be anything, and its error arrives as it was thrown")
    func results() throws {
        try withEnvironment { environment in
            let text: String? = try environment.read { _ in nil }
            #expect(text == nil)
            let error = #expect(throws: TestFailure.self) { try environment.read { _ in throw TestFailure("mine") } }
            #expect(error?.description == "mine")
            // The failed one is not in the way of later ones.
            #expect(try environment.write { $0.id } == 1)
        }
    }

    @Test("A write inside a write stops the process with a message")
    func writeInWrite() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [folder = folder as String] in
            try nested(folder) { environment in
                try environment.write { _ in try environment.write { _ in } }
            }
        }
        #expect(message(result).contains("a write inside a transaction of the same thread"))
    }

    @Test("A write inside a read stops the process with a message")
    func writeInRead() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [folder = folder as String] in
            try nested(folder) { environment in
                try environment.read { _ in try environment.write { _ in } }
            }
        }
        #expect(message(result).contains("a write inside a transaction of the same thread"))
    }

    @Test("A read inside a write stops the process with a message")
    func readInWrite() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [folder = folder as String] in
            try nested(folder) { environment in
                try environment.write { _ in try environment.read { _ in } }
            }
        }
        #expect(message(result).contains("a read inside a write of the same thread"))
    }

    @Test("A change while bytes of the map are looked at stops the process with a message")
    func changeUnderView() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [folder = folder as String] in
            try nested(folder) { environment in
                try environment.write { txn in
                    let db = try txn.createDatabase("t")
                    try txn.put(key(1), [1], in: db)
                    _ = try txn.withValue(of: key(1).span.bytes, in: db) { _ in try txn.put(key(2), [2], in: db) }
                }
            }
        }
        #expect(message(result).contains("a change inside withValue or withEntry"))
    }
}

func nested(_ folder: String, _ body: (Environment) throws -> Void) throws {
    try body(Environment.open(at: folder, options: testOptions()))
}

func message(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
