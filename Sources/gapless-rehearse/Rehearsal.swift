import Foundation
import Glibc
import Supervision

/// One rehearsal from the copy of the data to the report.
final class Rehearsal {
    let settings: Settings
    let processes: Processes
    let folder: WorkFolder
    let record = Report.Collector()
    let declaration = Declaration()
    /// The executables: the old one, and the new one if there are two.
    let programs: [Program]
    /// The one that commands are run with now.
    var program: Program
    let cluster: any Cluster
    let ledger: LedgerWatch
    var declaredAt = ContinuousClock.now

    init(_ settings: Settings, _ processes: Processes, _ folder: WorkFolder) throws {
        self.settings = settings
        self.processes = processes
        self.folder = folder
        programs = try settings.programs.map {
            try Program(
                $0, directory: folder.database, processes: processes, recordsPerRange: settings.recordsPerRange)
        }
        program = programs[0]
        cluster = try settings.supervisor.cluster(of: settings, programs[0], in: folder, processes)
        ledger = LedgerWatch(index: settings.indexName, declaration, record: record)
    }

    /// Runs all of it; what could not be finished is in the report too.
    @available(*, noasync)
    func run() throws -> Report {
        var report = Report(
            supervisor: settings.supervisor == .up ? "gapless up" : settings.supervisor.rawValue,
            signal: settings.signal == SIGKILL ? "SIGKILL" : "SIGTERM", workers: settings.workers, seed: settings.seed,
            isUpgrade: settings.isUpgrade)
        do {
            try rehearse()
        } catch {
            report.failure = "\(error)"
        }
        record.change { $0.ranges = ledger.figures }
        report.figures = record.figures
        report.promises = record.verdicts
        return report
    }

    @available(*, noasync)
    private func rehearse() throws {
        try prepareData()
        let survey = TableSurvey(program: program, table: settings.table, fields: settings.fields, seed: settings.seed)
        let findings = try survey.run()
        record.change { $0.records = findings.records }
        Progress.say(
            "data",
            "\(findings.records) records in \(settings.table); \(findings.expectation.probes.count) "
                + "questions whose answers are known (seed \(settings.seed))")
        let writer = ApplicationWriter(
            program, table: settings.table, fields: settings.fields, findings, folder: folder.path, seed: settings.seed,
            record: record)
        let asker = Asker(
            program, table: settings.table, fields: settings.fields, findings, declaration, record: record)
        let outcome = Result {
            try cluster.start()
            try awaitWorkers(settings.workers, besides: [])
            try writer.start()
            try asker.start()
            if settings.hasBaseline { try buildUndisturbed(asker) }
            try declare()
            try Round.all(of: self, writer, asker)
            try settle(asker)
        }
        try writer.stop()
        try asker.stop()
        // However it went: the processes are asked before they are killed.
        do {
            try cluster.stop()
        } catch {
            record.breach(.leaving, "\(error)")
        }
        try outcome.get()
    }

    @available(*, noasync)
    private func prepareData() throws {
        if let original = settings.original {
            try DataCopy(original: original, folder: folder, processes: processes).make()
            let shown = try program.run(["index", "show", settings.indexName])
            guard shown.code == 0 else { return }
            Progress.say("data", "\(settings.indexName) exists: it is dropped in the copy, to be added again")
            try program.require("index", "drop", settings.indexName)
        } else {
            try folder.requireRoom(bytes: UInt64(settings.records) * 1_500 + 64 << 20, for: "the generated data")
            try GeneratedRecords.load(settings.records, by: program, in: folder)
        }
    }

    /// Adds the index.
    @available(*, noasync)
    func declare() throws {
        try program.require("index", "create", settings.table, settings.fields.joined(separator: ","))
        declaration.change()
        declaredAt = .now
        record.count(\.builds)
    }

    /// Takes it away again.
    @available(*, noasync)
    func withdraw() throws {
        declaration.change()
        try program.require("index", "drop", settings.indexName)
    }

    /// Waits until the index is ready, and checks it.
    @available(*, noasync)
    func settle(_ asker: Asker) throws {
        try awaitReady()
        let seconds = (ContinuousClock.now - declaredAt).inSeconds
        record.change { $0.secondsToReady.append(seconds) }
        try asker.requireAnswers()
        let verified = try program.run(["verify", settings.indexName])
        if verified.code != 0 {
            record.breach(.ready, "verify: \(String(decoding: verified.output, as: UTF8.self))\(verified.errors)")
        }
        Progress.say(
            "ready",
            "\(settings.indexName) after \(seconds.tenths) s; verify finds "
                + (verified.code == 0 ? "nothing" : "a defect"))
    }

    @available(*, noasync)
    private func buildUndisturbed(_ asker: Asker) throws {
        Progress.say("baseline", "a build without restarts")
        try declare()
        try awaitReady()
        let seconds = (ContinuousClock.now - declaredAt).inSeconds
        record.change { $0.baselineSeconds = seconds }
        try withdraw()
    }

    /// Waits, however long it takes, as long as it gets on.
    @available(*, noasync)
    private func awaitReady() throws {
        var latest = ""
        var changedAt = ContinuousClock.now
        while true {
            try processes.requireGoingOn()
            try noticeEnds()
            let shown = try ledger.look(program)
            switch shown.state {
            case "ready": return
            case "blocked":
                let errors = shown.blockedBy?.errors.joined(separator: "; ") ?? ""
                record.breach(
                    .ready,
                    "\(settings.indexName) is blocked: \(shown.blockedBy?.badRecords ?? 0) bad records; \(errors)")
                throw RehearsalFailure("the index cannot become ready; gapless index show says why")
            default: break
            }
            if shown.text != latest { (latest, changedAt) = (shown.text, .now) }
            guard (ContinuousClock.now - changedAt).inSeconds < Double(settings.patienceSeconds) else {
                record.breach(.ready, "no progress for \(settings.patienceSeconds) s at \(latest)")
                throw RehearsalFailure("the index does not become ready")
            }
            Wait.pause(milliseconds: 100)
        }
    }

    /// Processes that ended although nobody asked them to.
    @available(*, noasync)
    func noticeEnds() throws {
        for end in try cluster.tend() { record.breach(.leaving, end) }
    }
}

extension Settings {
    /// `table.field_field`
    var indexName: String { "\(table).\(fields.joined(separator: "_").replacing(".", with: "_"))" }
}
