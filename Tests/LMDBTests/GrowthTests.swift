// Goal: whoever makes the file larger, and whenever, nothing is lost and nobody reads unmapped memory.
// Method: maps of some hundred kilobytes, and another process with a larger one.
import Glibc
import Synchronization
import Testing

@testable import LMDB

@Suite(.endsHangs) struct GrowthTests {
    private static let large = [UInt8](repeating: 7, count: 1000)

    @Test("W9: a transaction that fills the map runs again in a larger one and loses nothing")
    func growth() throws {
        try withEnvironment(mapBytes: 256 << 10) { environment in
            try fill(environment, "t", 0..<10)
            var runs = 0
            try environment.write { txn in
                runs += 1
                let db = try txn.database("t")
                for number in 10..<3000 { try txn.put(key(number), GrowthTests.large, in: db) }
            }
            #expect(runs > 2)
            #expect(try entries(environment, "t").count == 3000)
            #expect(try environment.info().mapBytes >= 3000 * 1000)
            #expect(try environment.info().lastTransactionID == 2)
        }
    }

    @Test("W9: a body that swallows the full map runs again all the same")
    func swallowed() throws {
        try withEnvironment(mapBytes: 256 << 10) { environment in
            try environment.write { txn in
                let db = try txn.createDatabase("t")
                for number in 0..<1000 {
                    do {
                        try txn.put(key(number), GrowthTests.large, in: db)
                    } catch let error as LMDBError where error.code == .mapFull {
                        return
                    }
                }
            }
            #expect(try entries(environment, "t").count == 1000)
        }
    }

    @Test("W9: a write cursor's full map, a deletion's and a commit's make the map grow too")
    func everyCall() throws {
        try withEnvironment(mapBytes: 256 << 10) { environment in
            try environment.write { txn in
                try txn.withWriteCursor(in: txn.createDatabase("t")) { cursor in
                    for number in 0..<2000 {
                        try cursor.put(key(number).span.bytes, GrowthTests.large.span.bytes, .append)
                    }
                }
            }
            #expect(try entries(environment, "t").count == 2000)
            // Deleting copies pages, in more and more of the map that is left.
            for start in stride(from: 0, to: 2000, by: 100) {
                try environment.write { txn in
                    let db = try txn.database("t")
                    for number in stride(from: start, to: start + 100, by: 2) { try txn.delete(key(number), in: db) }
                }
            }
            #expect(try entries(environment, "t").count == 1000)
        }
    }

    @Test("A map that may not grow any more gives mapFull, keeps nothing, and smaller writes still work")
    func limit() throws {
        try withFolder { folder in
            var options = testOptions(mapBytes: 256 << 10)
            options.mapBytesMax = 1 << 20
            let environment = try Environment.open(at: folder, options: options)
            #expect(code { try fill(environment, "t", 0..<5000, value: GrowthTests.large) } == .mapFull)
            #expect(try environment.info().mapBytes == 1 << 20)
            #expect(try environment.read { try $0.databaseNames() } == [])
            try fill(environment, "t", 0..<100, value: GrowthTests.large)
            #expect(try entries(environment, "t").count == 100)
        }
    }

    // reader [ begins ............................. reads on ]
    // writer    [ fills the map ]  waits for the reader      grows, [ runs again ]
    @Test("The map is not replaced under a reader")
    func growthWaits() throws {
        try withEnvironment(mapBytes: 256 << 10) { environment in
            try fill(environment, "t", 0..<50, value: GrowthTests.large)
            var writer: TestThread?
            try environment.read { txn in
                let db = try txn.database("t")
                try txn.withCursor(in: db) { cursor in
                    #expect(try cursor.first())
                    if writer == nil {
                        writer = TestThread { try fill(environment, "u", 0..<2000, value: GrowthTests.large) }
                    }
                    spin { environment.isClosing }
                    var count = 1
                    while try cursor.next() {
                        cursor.withEntry { _, value in #expect(value.byteCount == 1000) }
                        count += 1
                    }
                    #expect(count == 50)
                    let mapBytes = environment.mapBytes.load(ordering: .relaxed)
                    #expect(mapBytes == 256 << 10)
                }
            }
            writer?.join()
            #expect(try entries(environment, "u").count == 2000)
        }
    }

    @Test("Readers and writers on many threads survive many growths")
    func underLoad() throws {
        try withEnvironment(mapBytes: 64 << 10) { environment in
            try fill(environment, "t", 0..<1)
            let isDone = Atomic(false)
            let reads = Atomic(0)
            let readers = (0..<3).map { _ in
                TestThread {
                    repeat {
                        let all = try entries(environment, "t")
                        #expect(all.count % 20 == 1)
                        reads.add(1, ordering: .relaxed)
                    } while !isDone.load(ordering: .relaxed)
                }
            }
            // On a busy machine the readers might else begin when all is written.
            spin { reads.load(ordering: .relaxed) > 0 }
            let writers = (0..<2).map { writer in
                TestThread {
                    for batch in 0..<20 {
                        let start = 1 + (batch * 2 + writer) * 20
                        try fill(environment, "t", start..<start + 20, value: GrowthTests.large)
                    }
                }
            }
            for thread in writers { thread.join() }
            isDone.store(true, ordering: .relaxed)
            for thread in readers { thread.join() }
            #expect(try entries(environment, "t").count == 801)
            #expect(try environment.info().mapBytes > 64 << 10)
            let readCount = reads.load(ordering: .relaxed)
            #expect(readCount >= readers.count)
        }
    }

    @Test("W9: when another process made the file larger, readers and writers here follow", arguments: [true, false])
    func grownElsewhere(readsFirst: Bool) async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let environment = try openSmall(folder)
        await #expect(processExitsWith: .success) { [folder = folder as String] in
            try nested(folder) { environment in try fill(environment, "t", 10..<2000, value: GrowthTests.large) }
        }
        try follow(environment, readsFirst: readsFirst)
    }

    @Test("A read inside a read that meets a larger file makes the outer one run again")
    func grownElsewhereWhileReading() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let environment = try openSmall(folder)
        let isReading = Atomic(false)
        let isGrown = Atomic(false)
        // A thread, since a read must not wait for an asynchronous child.
        try await withTestThread {
            var runs = 0
            try environment.read { outer in
                runs += 1
                isReading.store(true, ordering: .sequentiallyConsistent)
                spin { isGrown.load(ordering: .sequentiallyConsistent) }
                let count = try environment.read { inner in try inner.statistics(of: inner.database("t")).entries }
                #expect(count == 2000)
            }
            #expect(runs == 2)
        } meanwhile: {
            while !isReading.load(ordering: .sequentiallyConsistent) { await Task.yield() }
            await #expect(processExitsWith: .success) { [folder = folder as String] in
                try nested(folder) { environment in try fill(environment, "t", 10..<2000, value: GrowthTests.large) }
            }
            isGrown.store(true, ordering: .sequentiallyConsistent)
        }
    }

    @Test(
        "Without address space to double, the map grows by less, then gives mapFull and stays usable",
        .disabled(if: isThreadSanitized, "the sanitizer's own memory does not fit"))
    func littleAddressSpace() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        await #expect(processExitsWith: .success) { [folder = folder as String] in try growInLittleSpace(folder) }
    }

    private func openSmall(_ folder: String) throws -> Environment {
        let environment = try Environment.open(at: folder, options: testOptions(mapBytes: 256 << 10))
        try fill(environment, "t", 0..<10)
        return environment
    }

    private func follow(_ environment: Environment, readsFirst: Bool) throws {
        if readsFirst { #expect(try entries(environment, "t").count == 2000) }
        try fill(environment, "t", 2000..<2010)
        #expect(try entries(environment, "t").count == 2010)
        #expect(try environment.info().mapBytes > 256 << 10)
    }
}

/// In a child process: a map of 64 MiB may grow, but the old and the new one together only have some 100 MiB.
private func growInLittleSpace(_ folder: String) throws {
    let environment = try Environment.open(at: folder, options: testOptions(mapBytes: 64 << 20))
    try fill(environment, "t", 0..<10)
    try limitAddressSpace(moreBytes: 100 << 20)
    let value = [UInt8](repeating: 1, count: 1 << 20)
    guard code({ try fill(environment, "t", 10..<200, value: value) }) == .mapFull else {
        throw TestFailure("no limit")
    }
    guard try environment.info().mapBytes > 64 << 20 else { throw TestFailure("it did not grow") }
    guard try entries(environment, "t").count == 10 else { throw TestFailure("something was kept or lost") }
    try fill(environment, "t", 10..<20)
    guard try entries(environment, "t").count == 20 else { throw TestFailure("it cannot be written any more") }
}

/// Runs `body` on a thread while `meanwhile` runs here.
private func withTestThread(
    _ body: @escaping @Sendable () throws -> Void, meanwhile: () async throws -> Void
) async throws {
    let thread = TestThread(body)
    try await meanwhile()
    joined(thread)
}

private func joined(_ thread: TestThread) { thread.join() }

extension Environment {
    /// Whether a thread waits for all others to leave, so that it can replace the map or close a handle.
    var isClosing: Bool { gate.isClosing }
}
