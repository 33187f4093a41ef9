import Foundation
import Glibc
import LMDB
import Logging
import Synchronization
import Tables
import Values

@testable import Backfill
@testable import Coordinator
@testable import Ledger

/// A database in a folder of its own, with a coordinator that is not running yet.
final class Desk {
    let folder: String
    let store: Store
    let ledger: Ledger
    let log = Lines()

    init() throws {
        var template = Array("/tmp/gapless-coordinator-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw GaplessError(.inputOutput, "mkdtemp: error \(errno)") }
        folder = String(cString: made)
        var options = Environment.Options()
        // These tests are about what transactions mean, not about power loss.
        options.isSynced = false
        options.mapBytes = 1 << 30
        store = try Store.open(at: folder, creation: .ifMissing, options: options)
        ledger = Ledger(store)
        let id = try FieldPath("id")
        _ = try store.write { [store] in try store.createTable("people", keyField: id, in: $0) }
    }

    deinit {
        // What cannot be removed stays in the folder of temporary files; no test depends on it.
        try? FileManager.default.removeItem(atPath: folder)
    }

    var table: UInt64 {
        get throws { try store.read { try store.table("people", in: $0).id } }
    }

    func put(_ ids: some Sequence<Int>) throws {
        try store.write { txn in
            for id in ids {
                let record = Value.map([
                    MapEntry("id", .int(Int64(id))), MapEntry("email", .string("u\(id)")),
                ])
                try store.put(record, into: "people", in: txn)
            }
        }
    }

    func declare() throws -> IndexRecord {
        let definition = IndexDefinition(fields: [try FieldPath("email")])
        return try store.write { try store.declareIndex(on: "people", definition, in: $0).index }
    }

    func process(isStandby: Bool = false, onReady: @escaping @Sendable () -> Void = {}) throws -> CoordinatorProcess {
        var settings = CoordinatorProcess.Settings(endpoint: "ipc://\(folder)/c.sock")
        settings.isStandby = isStandby
        settings.onReady = onReady
        return try CoordinatorProcess(store: store, settings: settings, log: log.logger)
    }

    static func incarnation(_ pid: Int32) -> Incarnation {
        Incarnation(
            host: "host", bootID: "boot", pid: pid, startTicks: 1, startedAt: Instant(milliseconds: 1),
            nonce: Nonce(high: 0, low: UInt64(pid)))
    }
}

func idKey(_ id: Int) -> Key {
    do { return Key(try KeyEncoding.primaryKey(.int(Int64(id)))) } catch { fatalError("\(error)") }
}

/// The lines that were logged.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        init(lines: Lines) { self.lines = lines }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.add("\(event.level) \(event.message)") }
    }
}

/// Something a test did not expect, with what it was.
struct Unexpected: Error {
    let what: String
    init(_ what: Any) { self.what = "\(what)" }
}
