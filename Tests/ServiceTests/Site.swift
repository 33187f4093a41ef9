import Foundation
import Glibc
import LMDB
import Logging
import Synchronization
import Tables
import TestSupport
import Values

@testable import Service

/// A database in a folder of its own, and a server of it in this process, at a port that was free.
final class Site {
    let folder: String
    let store: Store
    let process: ServiceProcess
    private var running: Background<Void>?

    init(
        http: String = "127.0.0.1:0", token: String? = nil, opensProbes: Bool = false, graceMillis: Int64 = 10_000,
        limits: Connection.Limits = Connection.Limits()
    ) throws {
        var template = Array("/tmp/gapless-service-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw GaplessError(.inputOutput, "mkdtemp: error \(errno)") }
        folder = String(cString: made)
        var options = Environment.Options()
        // These tests are about what is answered, not about power loss.
        options.isSynced = false
        options.mapBytes = 1 << 30
        store = try Store.open(at: folder, creation: .ifMissing, options: options)
        let id = try FieldPath("id")
        _ = try store.write { [store] in try store.createTable("people", keyField: id, in: $0) }
        var settings = ServiceProcess.Settings(address: try ListenAddress(http))
        settings.token = try token.map(AccessToken.init)
        settings.opensProbes = opensProbes
        settings.graceMillis = graceMillis
        settings.limits = limits
        process = try ServiceProcess(store: store, settings: settings, log: Logger(label: "test") { _ in Silence() })
        running = Background { [process] in process.run() }
    }

    deinit {
        process.stop()
        do {
            try running?.result()
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            print("a test's folder stays behind: \(error)")
        }
    }

    /// Stops the server and waits until it has.
    func stop() throws {
        process.stop()
        try running?.result()
        running = nil
    }

    var client: Client { Client(address: process.address) }

    func get(_ path: String) throws -> Client.Answer { try client.get(path) }

    /// Stores `{"id": i, "email": "uI@x"}`, and a field `pad` of so many bytes if there are any.
    func put(_ ids: some Sequence<Int>, pad: Int = 0) throws {
        let padding = pad > 0 ? [MapEntry("pad", .string(String(repeating: "p", count: pad)))] : []
        try store.write { txn in
            for id in ids {
                let fields = [MapEntry("id", .int(Int64(id))), MapEntry("email", .string("u\(id)@x"))]
                let record = Value.map(fields + padding)
                try store.put(record, into: "people", in: txn)
            }
        }
    }

    @discardableResult
    func declare(_ field: String, name: String? = nil) throws -> IndexRecord {
        let definition = IndexDefinition(fields: [try FieldPath(field)], name: name)
        return try store.write { try store.declareIndex(on: "people", definition, in: $0).index }
    }

    /// Makes the coming generation of an index whole and publishes it; `beforeCommit` runs in that transaction.
    func publish(_ index: IndexRecord, beforeCommit: () throws -> Void = {}) throws {
        try store.write { txn in
            let index = try store.live(index, in: txn)
            guard let generation = index.coming?.number else { throw Client.Refused(what: "nothing is coming") }
            let table = try store.table("people", in: txn)
            let entries = try txn.database(Store.indexDatabase(index: index.id, generation: generation))
            let extractor = EntryExtractor(rules: [index.rule], format: table.format, schema: table.schema)
            var scratch = EntryExtractor.Scratch()
            var found: [[UInt8]] = []
            try txn.withCursor(in: store.records(of: table, in: txn)) { cursor in
                while try cursor.next() {
                    try cursor.withEntry { key, value in
                        try extractor.extract(primaryKey: key, value: value, into: &scratch) { _, entry in
                            found.append(entry.withUnsafeBytes { Array($0) })
                        }
                    }
                }
            }
            for entry in found { try txn.put(entry, [], in: entries) }
            let outcome = try store.publish(index, generation: generation, limit: 1_000_000, in: txn) {}
            guard outcome == .published else { throw Client.Refused(what: "\(outcome)") }
            try beforeCommit()
        }
    }
}

/// Logs nothing.
struct Silence: LogHandler {
    var logLevel = Logger.Level.critical
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {}
}
