import Foundation
import Supervision
import Synchronization

/// An application that writes the table while its index is built: puts, rewrites, deletes and batches.
final class ApplicationWriter: Sendable {
    /// Records of one import.
    private static let batch = 8

    private let program: Mutex<Program>
    private let table: String
    private let fields: [String]
    private let findings: TableSurvey.Findings
    private let folder: String
    private let seed: UInt64
    private let record: Report.Collector
    private let isStopped = Atomic(false)
    /// Whether no thread of it runs.
    private let hasEnded = Atomic(true)

    init(
        _ program: Program, table: String, fields: [String], _ findings: TableSurvey.Findings, folder: String,
        seed: UInt64, record: Report.Collector
    ) {
        self.program = Mutex(program)
        self.table = table
        self.fields = fields
        self.findings = findings
        self.folder = folder
        self.seed = seed
        self.record = record
    }

    /// Writes on a thread of its own until ``stop()``.
    func start() throws {
        hasEnded.store(false, ordering: .releasing)
        try BlockingThread(name: "writer") { [self] in
            do {
                try writeAll()
            } catch {
                record.breach(.writes, "the writer stopped: \(error)")
            }
            hasEnded.store(true, ordering: .releasing)
        }.detach()
    }

    /// What it is run with from now on.
    func use(_ program: Program) { self.program.withLock { $0 = program } }

    /// Ends it, and waits for the write that is under way.
    @available(*, noasync)
    func stop() throws {
        isStopped.store(true, ordering: .releasing)
        try Wait.until(seconds: 60, "the writer ends") { hasEnded.load(ordering: .acquiring) }
    }

    private struct Write {
        let key: Scalar
        /// Nil: it is deleted.
        let line: [UInt8]?
        let foundBy: Expectation.FoundBy
    }

    @available(*, noasync)
    private func writeAll() throws {
        var dice = Dice(seed: seed &+ 1)
        let keys = findings.expectation.owned
        while !isStopped.load(ordering: .acquiring) {
            switch Int.random(in: 0..<10, using: &dice) {
            case 0..<2: try perform([deletion(of: keys.randomElement(using: &dice) ?? keys[0])])
            case 2..<4:
                let chosen = Array(keys.shuffled(using: &dice).prefix(Self.batch))
                try perform(try chosen.map { try rewrite(of: $0, &dice) })
            default: try perform([try rewrite(of: keys.randomElement(using: &dice) ?? keys[0], &dice)])
            }
            Wait.pause(milliseconds: 5)
        }
    }

    private func deletion(of key: Scalar) -> Write { Write(key: key, line: nil, foundBy: []) }

    /// A new value, the same one again, or for a record of the table the one that it had.
    private func rewrite(of key: Scalar, _ dice: inout Dice) throws -> Write {
        let number = Int.random(in: 0...TableSurvey.ownValues, using: &dice)
        let original = findings.originals[key]
        if number == TableSurvey.ownValues, let original { return try write(key, original) }
        let values = TableSurvey.ownValues(number: number % TableSurvey.ownValues, fields: fields.count)
        var object = try original.map { try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] } ?? [:]
        object = object ?? [:]
        Self.set(key.json, at: findings.keyField.split(separator: "."), in: &object)
        for (field, value) in zip(fields, values) { Self.set(value.json, at: field.split(separator: "."), in: &object) }
        let line = try JSONSerialization.data(withJSONObject: object ?? [:], options: [.withoutEscapingSlashes])
        return try write(key, [UInt8](line))
    }

    private func write(_ key: Scalar, _ line: [UInt8]) throws -> Write {
        let wanted = FieldRow.Wanted(
            key: findings.keyField, paths: fields.map { $0.split(separator: ".").map(String.init) })
        var reader = RowReader(wanted)
        guard let row = try reader.readAll(line + [UInt8(ascii: "\n")]).first else {
            throw RehearsalFailure("a record of the writer's is none")
        }
        return Write(key: key, line: line, foundBy: TableSurvey.foundBy(row, findings.expectation.probes))
    }

    private static func set(_ value: Any, at path: [Substring], in object: inout [String: Any]?) {
        guard let first = path.first else { return }
        var copy = object ?? [:]
        if path.count == 1 {
            copy[String(first)] = value
        } else {
            var inner = copy[String(first)] as? [String: Any]
            set(value, at: Array(path.dropFirst()), in: &inner)
            copy[String(first)] = inner ?? [:]
        }
        object = copy
    }

    @available(*, noasync)
    private func perform(_ writes: [Write]) throws {
        let program = program.withLock { $0 }
        let outcomes = Dictionary(writes.map { ($0.key, $0.foundBy) }, uniquingKeysWith: { $1 })
        findings.expectation.begin(writes.map(\.key))
        let answer: Program.Answer
        do {
            answer = try run(writes, program)
        } catch {
            // Whether it was done is not known: these records stay in doubt.
            record.breach(.writes, "\(error)")
            return
        }
        // A record that is not there cannot be deleted; that is as it should be.
        let isDone = answer.code == 0 || (answer.code == 66 && writes.count == 1 && writes[0].line == nil)
        findings.expectation.end(outcomes, isDone: isDone)
        if isDone {
            record.count(\.writes, by: writes.count)
        } else {
            record.breach(.writes, "a write was refused with exit code \(answer.code): \(answer.complaint)")
        }
    }

    @available(*, noasync)
    private func run(_ writes: [Write], _ program: Program) throws -> Program.Answer {
        guard writes.count == 1, let write = writes.first else {
            let path = folder + "/batch.ndjson"
            let lines = writes.compactMap(\.line).flatMap { $0 + [UInt8(ascii: "\n")] }
            try Data(lines).write(to: URL(filePath: path))
            return try program.run(["import", table, path, "--replace", "--log-level", "error"])
        }
        guard let line = write.line else { return try program.run(["delete", table, write.key.keyText]) }
        return try program.run(["put", table, String(decoding: line, as: UTF8.self)])
    }
}
