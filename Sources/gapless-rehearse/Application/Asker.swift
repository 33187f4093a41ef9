import Foundation
import Supervision
import Synchronization

/// An application that queries the table while its index is built: every answer is complete or refused.
final class Asker: Sendable {
    private let program: Mutex<Program>
    private let table: String
    private let wanted: FieldRow.Wanted
    private let expectation: Expectation
    private let record: Report.Collector
    private let declaration: Declaration
    private let isStopped = Atomic(false)
    /// Whether no thread of it runs.
    private let hasEnded = Atomic(true)

    init(
        _ program: Program, table: String, fields: [String], _ findings: TableSurvey.Findings,
        _ declaration: Declaration,
        record: Report.Collector
    ) {
        self.program = Mutex(program)
        self.table = table
        wanted = FieldRow.Wanted(
            key: findings.keyField, paths: fields.map { $0.split(separator: ".").map(String.init) })
        expectation = findings.expectation
        self.declaration = declaration
        self.record = record
    }

    /// Asks on a thread of its own until ``stop()``.
    func start() throws {
        hasEnded.store(false, ordering: .releasing)
        try BlockingThread(name: "asker") { [self] in
            do {
                var number = 0
                while !isStopped.load(ordering: .acquiring) {
                    try ask(number % expectation.probes.count)
                    number += 1
                    Wait.pause(milliseconds: 5)
                }
            } catch {
                record.breach(.answers, "the asker stopped: \(error)")
            }
            hasEnded.store(true, ordering: .releasing)
        }.detach()
    }

    /// What it is run with from now on.
    func use(_ program: Program) { self.program.withLock { $0 = program } }

    /// Ends it, and waits for the question that is under way.
    @available(*, noasync)
    func stop() throws {
        isStopped.store(true, ordering: .releasing)
        try Wait.until(seconds: 60, "the asker ends") { hasEnded.load(ordering: .acquiring) }
    }

    /// Asks for every value once; each must be answered.
    @available(*, noasync)
    func requireAnswers() throws {
        for number in expectation.probes.indices {
            let code = try ask(number)
            guard code == 0 || code == nil else {
                record.breach(.answers, "a ready index answered with exit code \(code ?? 0)")
                return
            }
        }
    }

    /// The exit code; nil if the index was declared anew meanwhile, or not there.
    @available(*, noasync)
    @discardableResult
    private func ask(_ number: Int) throws -> Int32? {
        let before = declaration.edition
        guard declaration.isStanding(before) else { return nil }
        let moment = expectation.moment()
        let answer = try program.withLock { $0 }.run(["query", table, expectation.probes[number].condition])
        guard declaration.edition == before else { return nil }
        switch answer.code {
        case 0:
            var reader = RowReader(wanted)
            let fault = expectation.fault(in: try reader.readAll(answer.output), to: number, askedAt: moment)
            if let fault {
                record.count(\.shortQueries)
                record.breach(.answers, fault)
            } else {
                record.count(\.answeredQueries)
            }
        case 75:
            record.count(\.refusedQueries)
            if !answer.output.isEmpty { record.breach(.answers, "a refused query printed records") }
        default:
            record.breach(
                .answers,
                "\(expectation.probes[number].condition): exit code \(answer.code): \(answer.complaint)")
        }
        return answer.code
    }
}

/// Whether the index stands, and since when: it is dropped and declared again between builds.
final class Declaration: Sendable {
    /// Odd while the index is there.
    private let count = Atomic(0)

    var edition: Int { count.load(ordering: .acquiring) }

    func isStanding(_ edition: Int) -> Bool { edition % 2 == 1 }

    /// The index is about to go, or has just come.
    func change() { count.add(1, ordering: .acquiringAndReleasing) }
}
