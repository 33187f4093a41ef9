// Goal: a shut gate keeps out who asks, lets through on whose behalf it is shut, and cannot stay shut. Method: threads
// that meet at the gate, and times that no call can have set.
import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import LMDB

@Suite(.endsHangs) struct ShutGateTests {
    @Test("A writer waits while the gate is shut, and goes on when it is opened; a passing one does not wait")
    func shutAndOpen() throws {
        try withEnvironment { environment in
            try fill(environment, "t", 0..<1)
            let gate = environment.writerGate
            gate.shut(forMicroseconds: WriterGate.shutMicrosecondsMax)
            #expect(gate.isShut)
            let wrote = Atomic(false)
            let thread = TestThread {
                try fill(environment, "t", 1..<2)
                wrote.store(true, ordering: .sequentiallyConsistent)
            }
            for _ in 0..<3 { try environment.write(passingShutGate: true) { _ in } }
            try environment.writeAsLoader(passingShutGate: true) { _ in }
            let isEarly = wrote.load(ordering: .sequentiallyConsistent)
            #expect(!isEarly)
            gate.open()
            thread.join()
            #expect(!gate.isShut)
            #expect(try entries(environment, "t").count == 2)
        }
    }

    @Test("A gate opens by itself, and a time that no call can have set keeps nobody out")
    func bounds() throws {
        try withEnvironment { environment in
            let gate = environment.writerGate
            gate.shut(forMicroseconds: 1_000)
            try fill(environment, "t", 0..<1)
            #expect(!gate.isShut)
            for wrong in [UInt64.max, GatePage.nanoseconds() + 3_600_000_000_000, 1] {
                gate.page.shutUntilNanoseconds = wrong
                #expect(!gate.isShut)
                try fill(environment, "t", 0..<1)
            }
        }
    }

    @Test("A gate of a later layout is refused before a word of it changes; one without a version gets the first")
    func laterLayout() throws {
        try withFolder { folder in
            func version() throws -> UInt64 {
                let bytes = try Data(contentsOf: URL(filePath: folder + "/gate")).suffix(8)
                return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
            }
            func open() throws { _ = try Environment.open(at: folder, options: testOptions()) }
            for old in [UInt64(0), 1] {
                var page = [UInt8](repeating: 0, count: 4_096)
                page[4_088] = UInt8(old)
                try Data(page).write(to: URL(filePath: folder + "/gate"))
                try open()
                #expect(try version() == GatePage.layoutVersion)
            }
            var later = [UInt8](repeating: 0, count: 4_096)
            later[4_088] = 2
            try Data(later).write(to: URL(filePath: folder + "/gate"))
            let error = #expect(throws: LMDBError.self) { try open() }
            #expect(error?.code == .versionMismatch)
            #expect(error?.context.contains("layout 2, of which this program knows up to 1") == true)
            #expect(try Data(contentsOf: URL(filePath: folder + "/gate")) == Data(later))
            // A process that only reads does not look at the gate.
            var reading = testOptions()
            reading.isReadOnly = true
            _ = try Environment.open(at: folder, options: reading)
        }
    }

    @Test("The holder of the lock is known by its process, and for how long it has held it")
    func holder() throws {
        try withEnvironment { environment in
            let gate = environment.writerGate
            #expect(gate.holder == nil)
            #expect(environment.lockWait == nil)
            try environment.write { _ in
                #expect(gate.holder?.pid == getpid())
                let first = gate.holder?.heldMillis ?? -1
                usleep(2_000)
                #expect(gate.holder?.heldMillis ?? -1 >= first)
            }
            #expect(gate.holder == nil)
        }
    }

    @Test("Computing threads yield now and then, and no longer than somebody comes and goes")
    func yields() {
        var yields = WriterGate.Yields()
        let (often, long) = (WriterGate.yieldNanoseconds, WriterGate.yieldsForNanoseconds)
        let start: UInt64 = 10_000_000_000
        func take(_ announced: UInt64, at moment: UInt64) -> Bool {
            yields.take(GatePage.Counters(announced: announced, admitted: 7), at: moment)
        }
        // After one of these comes a thread that looked at the clock before the one that yielded last.
        let answers = [
            take(8, at: start), take(8, at: start + often - 1), take(8, at: start + often), take(8, at: start - 1),
            take(8, at: start + long - 1),
        ]
        #expect(answers == [true, false, true, false, true])
        // A ghost: nothing has moved for long. Then another writer comes.
        #expect([take(8, at: start + long), take(8, at: start + 100 * long)] == [false, false])
        #expect(take(9, at: start + 101 * long))
    }

    @Test("The gate is in use while a writer that was announced waits or writes, not while a loader writes")
    func inUse() throws {
        try withEnvironment { environment in
            let gate = environment.writerGate
            #expect(!gate.isInUse)
            try environment.write { _ in
                #expect(gate.isInUse)
                gate.yieldToWriters()
            }
            try environment.writeAsLoader { _ in
                #expect(!gate.isInUse)
                #expect(gate.holder?.pid == getpid())
                let announcedAt = gate.announce()
                #expect(gate.isInUse)
                gate.admit(since: announcedAt)
                #expect(!gate.isInUse)
            }
            #expect(!gate.isInUse)
        }
    }
}
