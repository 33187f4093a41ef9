import Foundation
import Glibc

/// One application that writes: one command at a time, each a process, on ids that no other lane writes.
final class WriterLane {
    private struct Write {
        let child: Child
        let changes: [Int: Record?]
        let before: [Int: Set<Record?>]
        var isCutOff = false
    }

    private let program: Program
    private let model: Model
    private let ids: [Int]
    private let number: Int
    private var dice: Dice
    private var write: Write?
    private var count = 0

    /// When each write began and ended, in seconds since 1970.
    private(set) var times: [(began: Double, ended: Double)] = []
    private(set) var failures = 0

    init(_ number: Int, ids: [Int], program: Program, model: Model, dice: Dice) {
        self.number = number
        self.ids = ids
        self.program = program
        self.model = model
        self.dice = dice
    }

    var isIdle: Bool { write == nil }

    /// Settles a write that has ended, and begins another unless `isLast`.
    func step(isLast: Bool) throws {
        if let write {
            guard write.child.hasEnded() else {
                guard Clock.seconds() - write.child.started < 90 else {
                    throw ChaosFailure("a writer has hung for 90 s: \(write.child.errors)")
                }
                return
            }
            try settle(write)
            self.write = nil
        }
        if !isLast { try begin() }
    }

    /// Cuts off the write under way: whether it counts is open until the next write of its ids.
    func cutOff() {
        guard write != nil else { return }
        write?.isCutOff = true
        write?.child.signal(SIGKILL)
    }

    private func begin() throws {
        count += 1
        let path = "\(program.folder)/writer-\(number)"
        var changes: [Int: Record?] = [:]
        var arguments: [String]
        var input: String?
        switch dice.number(0...9) {
        case 0...3:
            let record = try Record(id: dice.pick(ids), dice: &dice)
            changes = [record.id: record]
            arguments = ["put", "t", record.text]
        case 4...5:
            let id = dice.pick(ids)
            changes = [id: Record?.none]
            arguments = ["delete", "t", "\(id)"]
        default:
            for _ in 0..<dice.number(2...30) {
                let record = try Record(id: dice.pick(ids), dice: &dice)
                changes[record.id] = record
            }
            let lines = changes.values.compactMap { $0?.text }.sorted().joined(separator: "\n") + "\n"
            input = path + ".in"
            try Data(lines.utf8).write(to: URL(filePath: path + ".in"))
            arguments = ["import", "t", "-", "--replace"]
        }
        let before = model.possible
        model.begin(changes)
        let child = try Child(
            program.path, arguments + ["--db", program.database], environment: [:], path: path, input: input)
        write = Write(child: child, changes: changes, before: before.filter { changes.keys.contains($0.key) })
    }

    private func settle(_ write: Write) throws {
        let code = write.child.ending ?? 0
        switch code {
        case 0: model.settle(write.changes)
        // A delete of a record that is not there.
        case 66: model.settle(write.changes)
        case _ where write.isCutOff: failures += 1
        case _ where Program.isRefusal(code):
            failures += 1
            model.withdraw(write.changes, before: write.before)
        default:
            let errors = try String(contentsOfFile: write.child.errors, encoding: .utf8)
            throw ChaosFailure("a write ended with \(code): \(errors.suffix(600))")
        }
        times.append((write.child.started, Clock.seconds()))
    }
}
