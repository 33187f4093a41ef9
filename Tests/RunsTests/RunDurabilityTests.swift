import Glibc
import Runs
import Synchronization
import Testing
import Values

/// Goal: a run has its name only when all of it is durable, and every failure on the way there is told.
///
/// Method: the file calls are replaced, so that their order is seen, each fails once, and the power goes after each.
@Suite struct RunDurabilityTests {
    private static let entries: [[UInt8]] = (0..<200).map { [UInt8($0)] + [UInt8](repeating: 7, count: 40) }

    private static func write(_ calls: FileCalls, _ folder: String) throws(RunError) -> RunSource {
        try RunFixture(folder: folder, calls: calls, blockBytes: 2048).write(entries)
    }

    @Test("S3, P3, P4: all is written, then synced, then named, then the name is synced")
    func order() throws {
        let disk = CrashingDisk()
        _ = try Self.write(disk.calls, "jobs")
        var order = disk.log
        #expect(order.removeFirst() == "create jobs/r3-a2-i1.run.tmp")
        let writes = order.prefix { $0 == "write" }.count
        #expect(writes >= 4)
        #expect(
            order[writes...] == [
                "fsync", "close", "rename jobs/r3-a2-i1.run.tmp jobs/r3-a2-i1.run", "fsync folder jobs",
            ])
    }

    @Test("P4: whenever the power goes, what has the run's name is the whole run")
    func powerCut() throws {
        let whole = CrashingDisk()
        let source = try Self.write(whole.calls, "jobs")
        let complete = try #require(whole.worlds("jobs/r3-a2-i1.run")[0])
        #expect(complete.count == Int(source.summary.bytes))
        var wasSeenAbsent = false
        var wasSeenWhole = false
        for callsMax in 0...whole.log.count {
            let disk = CrashingDisk(callsMax: callsMax)
            var isReported = false
            do {
                let identity = RunFixture.identity()
                var writer = try RunWriter(
                    path: "jobs/" + identity.fileName, identity: identity, blockBytes: 2048, calls: disk.calls
                ) { _ in
                    // The disk is gone: nothing can be removed from it.
                }
                for entry in Self.entries { try writer.append(entry.span.bytes) }
                _ = try writer.finish(recordsSeen: 200, snapshotTransactions: 5...6)
                isReported = true
            } catch {
                #expect(error.errno == EIO)
            }
            for world in disk.worlds("jobs/r3-a2-i1.run") {
                #expect(world == nil || world == complete, "power lost after \(callsMax) calls")
                #expect(world != nil || !isReported, "reported, and lost after \(callsMax) calls")
                if world == nil { wasSeenAbsent = true } else { wasSeenWhole = true }
            }
        }
        #expect(wasSeenAbsent && wasSeenWhole)
    }

    @Test(
        "P2, S5, S6: every call that fails, also the last, is told with file, call and reason",
        arguments: [
            ENOSPC, EIO, EDQUOT, EFBIG, EACCES,
        ])
    func everyCallFails(errno: Int32) throws {
        let count = CrashingDisk()
        _ = try Self.write(count.calls, "jobs")
        for failing in 0..<count.log.count where !count.log[failing].hasPrefix("remove") {
            let folder = try TemporaryFolder()
            let faults = FailingCalls(failing: failing, errno: errno)
            let error = failure { _ = try Self.write(faults.calls, folder.path) }
            #expect(error?.code == .system && error?.errno == errno, "call \(failing)")
            #expect(error?.isOutOfSpace == (errno != EIO && errno != EACCES))
            #expect(error?.isDamage == false)
            #expect(error?.path.hasPrefix(folder.path) == true)
            #expect(error?.call == faults.failedCall)
            #expect(!folder.exists("r3-a2-i1.run.tmp"), "call \(failing)")
            #expect(folder.exists("r3-a2-i1.run") == (error?.path == folder.path), "call \(failing)")
        }
    }

    @Test func `interrupted calls are repeated and short writes completed`() throws {
        let folder = try TemporaryFolder()
        let turns = Mutex(0)
        var calls = FileCalls.system
        calls.write = { descriptor, bytes in
            let turn = turns.withLock { turns in
                turns += 1
                return turns
            }
            if turn % 3 == 0 { return -Int(EINTR) }
            return FileCalls.system.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(101)))
        }
        calls.sync = { descriptor in
            let isFirst = turns.withLock { turns in
                defer { turns = -1 }
                return turns >= 0
            }
            return isFirst ? -Int(EINTR) : FileCalls.system.sync(descriptor)
        }
        calls.close = { descriptor in
            let result = FileCalls.system.close(descriptor)
            return result == 0 ? -Int(EINTR) : result
        }
        let source = try Self.write(calls, folder.path)
        var reader = try RunReader.open(source.path, expecting: source.summary)
        var read: [[UInt8]] = []
        try reader.collect(into: &read)
        #expect(read == Self.entries)
    }

    @Test func `the disk begins with a large run while it is written, all of it once and in order`() throws {
        let folder = try TemporaryFolder()
        let started = Mutex<[Range<UInt64>]>([])
        var calls = RunFixture.unsynced
        calls.startWriting = { descriptor, offset, count in
            started.withLock { $0.append(offset..<offset + count) }
            FileCalls.system.startWriting(descriptor, offset, count)
        }
        var random = SeededRandom(seed: 1)
        let entries = (0..<100_000).map { number in
            withUnsafeBytes(of: UInt64(number).bigEndian) { Array($0) } + random.bytes(40)
        }
        let source = try RunFixture(folder: folder.path, calls: calls).write(entries)
        let ranges = started.withLock { $0 }
        #expect(ranges.count >= 3)
        #expect(ranges.first?.lowerBound == 0)
        for (range, next) in zip(ranges, ranges.dropFirst()) { #expect(range.upperBound == next.lowerBound) }
        #expect(try #require(ranges.last).upperBound <= source.summary.bytes)
        var reader = try RunReader.open(source.path, expecting: source.summary)
        var read: [[UInt8]] = []
        try reader.collect(into: &read)
        #expect(read == entries)
    }

    @Test func `a write that takes nothing, or more than it was given, is an error and no endless loop`() throws {
        for result in [0, Int.max] {
            let folder = try TemporaryFolder()
            var calls = FileCalls.system
            calls.write = { _, _ in result }
            let error = failure { _ = try Self.write(calls, folder.path) }
            #expect(error?.code == .system && error?.call == "write")
        }
    }

    @Test("S5: a file size limit is a lack of space, and leaves no file")
    func sizeLimit() async {
        await #expect(processExitsWith: .success) {
            // Else the first write beyond the limit ends the process.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 5000, rlim_max: 5000)
            guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(10) }
            let folder = try TemporaryFolder()
            guard let error = failure({ _ = try RunDurabilityTests.write(.system, folder.path) }) else { exit(11) }
            guard error.errno == EFBIG, error.isOutOfSpace, error.call == "write" else { exit(12) }
            guard !folder.exists("r3-a2-i1.run"), !folder.exists("r3-a2-i1.run.tmp") else { exit(13) }
        }
    }

    @Test func `a writer that goes away, or is abandoned, leaves nothing`() throws {
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path)
        do {
            var writer = try fixture.writer()
            try writer.append([1].span.bytes)
            #expect(folder.exists("r3-a2-i1.run.tmp"))
        }
        #expect(!folder.exists("r3-a2-i1.run.tmp"))
        let writer = try fixture.writer()
        try writer.abandon()
        #expect(!folder.exists("r3-a2-i1.run.tmp") && !folder.exists("r3-a2-i1.run"))
    }

    @Test func `what cannot be removed is reported: thrown by abandon, handed to the reporter otherwise`() throws {
        let folder = try TemporaryFolder()
        let reported = Mutex<[RunError]>([])
        var calls = FileCalls.system
        calls.remove = { _ in -Int(EROFS) }
        func writer() throws(RunError) -> RunWriter {
            try RunWriter(path: folder.path + "/x.run", identity: RunFixture.identity(), calls: calls) { error in
                reported.withLock { $0.append(error) }
            }
        }
        let error = failure { try writer().abandon() }
        #expect(error?.errno == EROFS && error?.call == "unlink")
        #expect(reported.withLock { $0 }.isEmpty)
        _ = try writer()
        #expect(reported.withLock { $0 }.map(\.errno) == [EROFS])
        #expect(reported.withLock { $0 }.first?.path == folder.path + "/x.run.tmp")
    }

    @Test func `a writer takes the place of what a dead one left`() throws {
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 1, count: 100_000), to: "r3-a2-i1.run.tmp")
        try folder.write([1, 2, 3], to: "r3-a2-i1.run")
        let source = try Self.write(.system, folder.path)
        var reader = try RunReader.open(source.path, expecting: source.summary)
        try reader.verify()
    }
}

/// The system's calls, one of which fails.
private final class FailingCalls: Sendable {
    private let failing: Int
    private let errno: Int32
    private let state = Mutex((calls: 0, failed: ""))

    init(failing: Int, errno: Int32) {
        self.failing = failing
        self.errno = errno
    }

    /// The name of the call that failed.
    var failedCall: String { state.withLock { $0.failed } }

    var calls: FileCalls {
        let system = FileCalls.system
        var calls = system
        calls.create = { path in self.failed("open") ?? system.create(path) }
        calls.write = { file, bytes in self.failed("write") ?? system.write(file, bytes) }
        calls.sync = { file in self.failed("fsync") ?? system.sync(file) }
        calls.close = { file in
            let result = system.close(file)
            return self.failed("close") ?? result
        }
        calls.rename = { from, to in self.failed("rename") ?? system.rename(from, to) }
        calls.syncFolder = { path in self.failed("fsync") ?? system.syncFolder(path) }
        return calls
    }

    private func failed(_ call: String) -> Int? {
        state.withLock { state in
            defer { state.calls += 1 }
            guard state.calls == failing else { return nil }
            state.failed = call
            return -Int(errno)
        }
    }
}
