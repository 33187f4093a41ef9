import FoundationEssentials
import Glibc
import LMDB
import Testing

/// Runs `body` with a new folder, which is gone afterwards.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = try makeFolder()
    defer { removeFolder(folder) }
    return try body(folder)
}

/// A new folder, for tests that cannot nest.
func makeFolder() throws -> String {
    let base = FileManager.default.temporaryDirectory.path
    var template = Array("\(base)/gapless-lmdb-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp: \(errno)") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func removeFolder(_ folder: String) {
    do {
        try FileManager.default.removeItem(atPath: folder)
    } catch {
        Issue.record("cannot remove \(folder): \(error)")
    }
}

/// Runs `body` with a new environment of a folder of its own.
func withEnvironment<R>(
    mapBytes: Int = 1 << 30, isSynced: Bool = false, _ body: (Environment) throws -> R
) throws -> R {
    try withFolder { folder in try body(Environment.open(at: folder, options: testOptions(mapBytes: mapBytes))) }
}

/// No fsync, a modest map.
func testOptions(mapBytes: Int = 1 << 30) -> Environment.Options {
    var options = Environment.Options()
    options.mapBytes = mapBytes
    options.isSynced = false
    return options
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Key bytes that sort as the numbers do.
func key(_ number: Int) -> [UInt8] { withUnsafeBytes(of: UInt64(number).bigEndian) { Array($0) } }

/// Every entry of a database, in order.
func entries(_ environment: Environment, _ name: String) throws -> [[UInt8]: [UInt8]] {
    try environment.read { txn in
        try txn.withCursor(in: txn.database(name)) { cursor in
            var all: [[UInt8]: [UInt8]] = [:]
            while try cursor.next() { all[cursor.key] = cursor.value }
            return all
        }
    }
}

/// Creates a database with the numbers of `range` as keys and `value` as values.
func fill(_ environment: Environment, _ name: String, _ range: Range<Int>, value: [UInt8] = [1]) throws {
    try environment.write { txn in
        let db = try txn.createDatabase(name)
        for number in range { try txn.put(key(number), value, in: db) }
    }
}

/// Spins until `condition` holds; the time limit of the test ends it otherwise.
func spin(until condition: () -> Bool) {
    while !condition() { sched_yield() }
}

/// A thread that runs `body` and can be waited for; a failure is recorded.
final class TestThread: Sendable {
    private let thread: pthread_t

    init(_ body: @escaping @Sendable () throws -> Void) {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                do { try body.run() } catch { Issue.record("a thread failed: \(error)") }
                return nil
            }, box.toOpaque())
        guard status == 0 else { fatalError("pthread_create: \(status)") }
        self.thread = thread
    }

    func join() { pthread_join(thread, nil) }

    private final class Body {
        let run: @Sendable () throws -> Void
        init(_ run: @escaping @Sendable () throws -> Void) { self.run = run }
    }
}

/// The code of the `LMDBError` that `body` throws.
func code<R>(_ body: () throws -> R) -> LMDBError.Code? {
    do {
        _ = try body()
        return nil
    } catch let error as LMDBError {
        return error.code
    } catch {
        Issue.record("not an LMDBError: \(error)")
        return nil
    }
}

/// Lets this process, a child, have so much more address space than it has now.
func limitAddressSpace(moreBytes: UInt) throws {
    let statm = try String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8)
    guard let pages = statm.split(separator: " ").first.flatMap({ UInt($0) }) else { throw TestFailure(statm) }
    let bytes = pages * 4096 + moreBytes
    var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
    let isSet = setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0
    guard isSet else { throw TestFailure("setrlimit: \(errno)") }
}

/// Whether this is a build with the thread sanitizer.
let isThreadSanitized = dlsym(nil, "__tsan_init") != nil

extension Trait where Self == TimeLimitTrait {
    /// Ends a test that hangs.
    ///
    /// A test that awaits a process of its own stands behind all other tests of the run then, which may take many
    /// minutes on two cores: its limit is no measure of its speed.
    static var endsHangs: Self { .timeLimit(.minutes(30)) }
}
