// Goal: a loader sees who waits for the writer lock, gives way as long as needed, and is not slowed by the dead.
// Method: threads that meet at the lock; announcements left behind by a killed process.
import Glibc
import Synchronization
import Testing

@testable import LMDB

@Suite(.endsHangs) struct WriterGateTests {
    /// Longer than any test may take: a give-way that waits to its end fails the test.
    private static let endless = 3_600_000_000

    @Test("Nobody waits, and giving way returns at once")
    func idle() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<1)
            #expect(environment.writerGate.waiting == 0)
            #expect(environment.giveWay(atMostMicroseconds: WriterGateTests.endless) == 0)
        }
    }

    // loader [ holds the lock ..... sees 2 ] gives way ........... both had their turn
    // A, B       announced, wait             [ A ] [ B ]
    @Test("L4: A loader sees the writers that wait, and gives way until all had their turn")
    func waiting() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<1)
            var threads: [TestThread] = []
            let done = Atomic(0)
            try environment.writeAsLoader { txn in
                if threads.isEmpty {
                    threads = (1...2).map { number in
                        TestThread {
                            try fill(environment, "t", number..<number + 1)
                            done.add(1, ordering: .sequentiallyConsistent)
                        }
                    }
                }
                spin { environment.writerGate.waiting == 2 }
            }
            #expect(environment.giveWay(atMostMicroseconds: WriterGateTests.endless) <= 2)
            for thread in threads { thread.join() }
            let ended = done.load(ordering: .sequentiallyConsistent)
            #expect(ended == 2)
            #expect(environment.writerGate.waiting == 0)
            #expect(try entries(environment, "t").count == 3)
        }
    }

    @Test("A loader does not count itself, and a writer that fails counts as having had its turn")
    func counting() throws {
        try withEnvironment { environment in
            try environment.writeAsLoader { _ in #expect(environment.writerGate.waiting == 0) }
            #expect(throws: TestFailure.self) { try environment.write { _ in throw TestFailure("no") } }
            #expect(environment.writerGate.waiting == 0)
            try fill(environment, "t", 0..<5)
            #expect(environment.writerGate.waiting == 0)
        }
    }

    @Test("A writer of another process is seen")
    func otherProcess() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let environment = try Environment.open(at: folder, options: testOptions())
        let sawIt = Atomic(false)
        let loader = TestThread {
            try environment.writeAsLoader { txn in
                _ = try txn.createDatabase("t")
                spin { environment.writerGate.waiting == 1 }
                sawIt.store(true, ordering: .sequentiallyConsistent)
            }
            environment.giveWay(atMostMicroseconds: WriterGateTests.endless)
        }
        await #expect(processExitsWith: .success) { [folder = folder as String] in
            try nested(folder) { environment in try fill(environment, "t", 0..<1) }
        }
        joinAndCheck(loader, environment)
        let isSeen = sawIt.load(ordering: .sequentiallyConsistent)
        #expect(isSeen)
    }

    @Test("O7: A writer that died while it waited slows loaders once, not for ever, and the living are still seen")
    func ghost() async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let environment = try Environment.open(at: folder, options: testOptions())
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
            try nested(folder) { environment in
                environment.writerGate.announce()
                _ = kill(getpid(), SIGKILL)
            }
        }
        try afterGhost(environment)
    }

    @Test("Short give-ways together find a ghost too")
    func ghostInShortGiveWays() throws {
        try withEnvironment { environment in
            environment.writerGate.announce()
            for _ in 0..<100 where environment.writerGate.waiting > 0 { environment.giveWay(atMostMicroseconds: 100) }
            #expect(environment.writerGate.waiting == 0)
        }
    }

    @Test("Who was taken for a ghost and then gets the lock is no ghost any more")
    func ghostAlive() throws {
        try withEnvironment { environment in
            environment.writerGate.announce()
            environment.giveWay(atMostMicroseconds: 20_000)
            #expect(environment.writerGate.waiting == 0)
            environment.writerGate.admit()
            #expect(environment.writerGate.waiting == 0)
            environment.writerGate.announce()
            #expect(environment.writerGate.waiting == 1)
        }
    }

    // G announced, taken for a ghost; W announced; G or W admitted: the counters cannot say which of them waits
    @Test("Ghosts are waited for again once the counters moved, but not before it is time")
    func ghostCheck() throws {
        for (interval, isDue) in [(0, true), (UInt64.max, false)] {
            let gate = WriterGate(page: try GatePage.inMemory(), ghostCheckNanoseconds: interval)
            gate.announce()
            gate.giveWay(atMostMicroseconds: 20_000)
            #expect(gate.waiting == 0)
            gate.announce()
            gate.admit()
            let start = GatePage.nanoseconds()
            gate.giveWay(atMostMicroseconds: isDue ? 20_000 : WriterGateTests.endless)
            if isDue { #expect(GatePage.nanoseconds() - start >= 20_000_000) }
            // It did nothing in that time, and is left in peace until the counters move again.
            #expect(gate.giveWay(atMostMicroseconds: WriterGateTests.endless) == 0)
        }
    }

    @Test("A writer that holds the lock for long makes no ghosts of those behind it")
    func slowHolder() throws {
        try withEnvironment { environment in
            let gate = environment.writerGate
            let isHeld = Atomic(false)
            let mayEnd = Atomic(false)
            let slow = TestThread {
                try environment.write { _ in
                    isHeld.store(true, ordering: .sequentiallyConsistent)
                    spin { mayEnd.load(ordering: .sequentiallyConsistent) }
                }
            }
            spin { isHeld.load(ordering: .sequentiallyConsistent) }
            let behind = TestThread { try fill(environment, "t", 0..<1) }
            spin { gate.waiting == 1 }
            #expect(gate.giveWay(atMostMicroseconds: 20_000) == 0)
            #expect(gate.waiting == 1)
            mayEnd.store(true, ordering: .sequentiallyConsistent)
            slow.join()
            behind.join()
            #expect(gate.waiting == 0)
        }
    }

    private func joinAndCheck(_ loader: TestThread, _ environment: Environment) {
        loader.join()
        #expect(environment.writerGate.waiting == 0)
    }

    private func afterGhost(_ environment: Environment) throws {
        #expect(environment.writerGate.waiting == 1)
        #expect(environment.giveWay(atMostMicroseconds: 20_000) == 0)
        #expect(environment.writerGate.waiting == 0)
        #expect(environment.giveWay(atMostMicroseconds: WriterGateTests.endless) == 0)
        var writer: TestThread?
        try environment.writeAsLoader { _ in
            writer = writer ?? TestThread { try fill(environment, "t", 0..<1) }
            spin { environment.writerGate.waiting == 1 }
        }
        environment.giveWay(atMostMicroseconds: 20_000)
        writer?.join()
        #expect(environment.writerGate.waiting == 0)
    }
}
