import Foundation
import Glibc

/// One round: a table is written and queried while its indexes are built by processes that things happen to; then
/// every index is compared, entry by entry, with what the records call for.
final class Round {
    let number: Int
    let kind: Mischief.Kind
    private let program: Program
    private let model = Model()
    private let indexes: [IndexChoice]
    private let cluster: Cluster
    private var writers: [WriterLane]
    private var queries: [QueryLane]
    private var dice: Dice
    private var mischief: Mischief
    private(set) var cases = Cases()
    private var readyAt: [Double] = []
    private var retries = 0
    private var declared = 0

    /// How long indexes may take to become ready once nothing more is done to the processes, in seconds.
    private static let patienceSeconds = 120.0

    init(_ number: Int, seed: UInt64, kind: Mischief.Kind, program: Program, library: String?) {
        self.number = number
        self.kind = kind
        var dice = Dice(seed: seed)
        var indexes = IndexChoice.allCases.filter { _ in dice.isOne(in: 2) }
        if indexes.isEmpty { indexes = [dice.pick(IndexChoice.allCases)] }
        self.indexes = indexes
        // A loader is ended between two commits: in every other round its table is large enough for many.
        let records = dice.pick(kind == .endingLoaders ? [1_500, 30_000] : [0, 1, 300, 1_500, 4_000])
        let faultSeed = dice.next()
        cluster = Cluster(program, workers: dice.number(2...3), recordsPerRange: dice.pick([50, 200, 1_000])) {
            Mischief.faults(kind, library: library, seed: faultSeed, isWorker: $0, starts: $1)
        }
        let cluster = cluster
        var patient = program
        patient.meanwhile = { cluster.continueDue() }
        self.program = patient
        mischief = Mischief(kind, dice: Dice(seed: dice.next()))
        let lanes = 2
        let ids = Array(0..<records + 100)
        writers = []
        queries = []
        for lane in 0..<lanes {
            writers.append(
                WriterLane(
                    lane, ids: ids.filter { $0 % lanes == lane }, program: program, model: model,
                    dice: Dice(seed: dice.next())))
        }
        queries.append(QueryLane(0, program: program, model: model, dice: Dice(seed: dice.next())))
        self.dice = dice
        recordsAtFirst = records
    }

    private let recordsAtFirst: Int

    /// Runs it; a promise that was not kept is thrown.
    func run() throws {
        do {
            try prepare()
            try build()
            try settle()
            try check()
        } catch {
            cluster.kill()
            throw error
        }
    }

    private func prepare() throws {
        _ = try program.run(["table", "create", "t", "--key", "id"])
        let initial = try (0..<recordsAtFirst).map { try Record(id: $0, dice: &dice) }
        if !initial.isEmpty {
            let path = program.folder + "/initial.ndjson"
            try Data((initial.map(\.text).joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
            let changes = Dictionary(uniqueKeysWithValues: initial.map { ($0.id, Optional($0)) })
            model.begin(changes)
            _ = try program.run(["import", "t", path])
            model.settle(changes)
        }
        try declare()
    }

    /// Declares the next index, if there is one left.
    private func declare() throws {
        guard declared < indexes.count else { return }
        let index = indexes[declared]
        declared += 1
        _ = try program.run(["index", "create", "t", index.rawValue, "--name", index.name])
        for query in queries { query.probes += index.probes }
    }

    /// Things happen for a while, whatever becomes of the build; then they end, and the build must.
    private func build() throws {
        var relentedAt: Double?
        var lookAt = Clock.seconds()
        while true {
            let now = Clock.seconds()
            mischief.step(cluster)
            try step(isLast: false)
            // The next job comes while the one before is built, and things go on happening.
            if dice.isOne(in: 40) || mischief.isOver { try declare() }
            if mischief.isOver, relentedAt == nil, cluster.slots.allSatisfy({ $0.continueAt == nil }) {
                cluster.relent()
                relentedAt = now
            }
            if now >= lookAt {
                lookAt = now + 0.05
                continueStopped(now)
                if relentedAt != nil, try areReady() { return }
            }
            if let relentedAt, now > relentedAt + Round.patienceSeconds {
                throw ChaosFailure("not ready \(Round.patienceSeconds) s after things ceased to happen")
            }
            usleep(2_000)
        }
    }

    private func step(isLast: Bool) throws {
        // A process whose calls fail may give up and leave; its supervisor, here this loop, starts another.
        try cluster.keepAlive(mayFail: kind == .failingCalls || kind == .fullDisk || kind == .endingLoaders)
        for writer in writers {
            try writer.step(isLast: isLast)
            if kind == .kills, !isLast, dice.isOne(in: 300) { writer.cutOff() }
        }
        for query in queries { try query.step(isLast: isLast) }
    }

    /// A process that stopped itself is continued after a while, mostly when its lease is another's.
    private func continueStopped(_ now: Double) {
        for slot in cluster.workers where slot.continueAt == nil && slot.child?.isStopped == true {
            slot.continueAt = now + (dice.isOne(in: 2) ? 4.5 : 0.2)
            cases.note(.workerStopped)
        }
    }

    private func areReady() throws -> Bool {
        let states = try program.json(["index", "list"]) as? [[String: Any]] ?? []
        for index in states where index["state"] as? String == "blocked" {
            // Five loaders in a row that end use up the tries of a load, as five failures do.
            let mayBlock: Set<Mischief.Kind> = [.failingCalls, .fullDisk, .endingLoaders]
            guard mayBlock.contains(kind), retries < 20, let name = index["index"] as? String else {
                throw ChaosFailure("blocked: \(index)")
            }
            retries += 1
            _ = try program.run(["index", "retry", name])
            cases.note(.blockedAndRetried)
        }
        return states.count == indexes.count && states.allSatisfy { $0["state"] as? String == "ready" }
    }

    /// The applications end, then the processes, all of their own accord.
    private func settle() throws {
        // A few more writes and queries of ready indexes.
        let until = Clock.seconds() + 0.1
        while Clock.seconds() < until || writers.contains(where: { !$0.isIdle })
            || queries.contains(where: { !$0.isIdle })
        {
            try step(isLast: Clock.seconds() >= until)
            usleep(2_000)
        }
        try cluster.end()
    }

    private func check() throws {
        let records = try Program.records(try program.run(["export", "t"]))
        if let fault = model.fault(inExport: records) { throw ChaosFailure("the table: \(fault)") }
        for index in indexes { try check(index, records) }
        _ = try program.run(["verify", "t"])
        try count()
    }

    /// Every entry that the records call for is answered by some query, and there are as many entries as they make.
    private func check(_ index: IndexChoice, _ records: [Record]) throws {
        let shown = try program.json(["index", "show", index.fullName]) as? [String: Any] ?? [:]
        let expected = records.reduce(0) { $0 + $1.extraction.entries(of: index.paths) }
        guard shown["entries"] as? Int == expected else {
            throw ChaosFailure(
                "\(index.fullName) has \(shown["entries"] ?? "no") entries, the records make \(expected)")
        }
        for probe in index.probes {
            let answer = Set(try Program.records(try program.run(["query", "t", probe.text])))
            let wanted = Set(records.filter { probe.matches($0.extraction) })
            guard answer == wanted else {
                throw ChaosFailure(
                    "query \(probe.text): \(wanted.subtracting(answer).count) rows are missing, "
                        + "\(answer.subtracting(wanted).count) are wrong")
            }
        }
        if let text = shown["readyAt"] as? String, let moment = Round.seconds(text) { readyAt.append(moment) }
        cases.note(.stepRetried, times: (shown["job"] as? [String: Any])?["retries"] as? Int ?? 0)
    }

    private static func seconds(_ text: String) -> Double? {
        let formatter = ISO8601DateFormatter()
        let whole = text.prefix { $0 != "." && $0 != "Z" }
        let fraction = Double("0" + text.dropFirst(whole.count).dropLast()) ?? 0
        return formatter.date(from: whole + "Z").map { $0.timeIntervalSince1970 + fraction }
    }

    private func count() throws {
        cases.add(mischief.cases)
        let (log, calls) = try cluster.logs()
        func lines(_ text: String) -> Int { log.ranges(of: text).count }
        cases.note(.takeover, times: max(lines("took office: epoch") - 1, 0))
        cases.note(.lateResultRefused, times: lines("counts for nothing"))
        for call in calls.split(separator: "\n") {
            cases.note(
                call.hasSuffix("killed after a commit")
                    ? .loaderKilled : call.hasSuffix("stopped after a commit") ? .workerStopped : .callFailed)
        }
        for index in indexes.prefix(1) {
            for range in try program.json(["ranges", index.fullName]) as? [[String: Any]] ?? [] {
                let outcomes = (range["history"] as? [[String: Any]] ?? []).compactMap { $0["outcome"] as? String }
                cases.note(.rangeDied, times: outcomes.count { $0 == "died" })
                cases.note(.rangeReleased, times: outcomes.count { $0 == "released" })
                cases.note(.leaseExpired, times: outcomes.count { $0 == "expired" })
            }
        }
        let built = readyAt.max() ?? 0
        for writer in writers {
            cases.note(.writeFailed, times: writer.failures)
            cases.note(.writeDuringBuild, times: writer.times.count { $0.began < built })
            for ready in readyAt {
                cases.note(.publishRaced, times: writer.times.count { $0.began < ready && ready < $0.ended })
            }
        }
        for query in queries {
            cases.note(.queryAnswered, times: query.answered)
            cases.note(.queryRefused, times: query.refused)
        }
    }
}
