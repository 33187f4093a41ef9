public import LMDB
internal import Values

/// How a check gets its threads: `run` calls its body once for each of `size` members, all at the same time, each on a
/// thread of its own, and returns when all have returned.
public struct VerifyTeam: Sendable {
    /// How many members.
    public let size: Int
    /// Records or entries of one task at least: fewer are not worth a task of their own.
    var itemsPerTask = 65_536
    let run: @Sendable (_ body: @escaping @Sendable (_ member: Int) -> Void) throws -> Void

    /// A team whose members `run` brings together. It throws if it cannot, and must not have called any body then.
    public init(
        size: Int, run: @escaping @Sendable (_ body: @escaping @Sendable (_ member: Int) -> Void) throws -> Void
    ) {
        self.size = max(size, 1)
        self.run = run
    }

    /// The calling thread alone.
    public static let alone = VerifyTeam(size: 1) { body in body(0) }
}

extension Store {
    /// How many damaged entries of an index are kept for repair at a time: about 16 MB at most.
    static let repairEntriesMax = 32_768
    /// More tasks than members, so that a slow one does not keep the others waiting for long.
    private static let tasksPerMember = 8
    /// How often a team tries to begin at the same snapshot, between two commits of applications.
    private static let snapshotTries = 50

    /// Checks ready indexes of a table against its records, both ways, at the one snapshot of this transaction.
    ///
    /// First both sides are summed up: what the records call for, and what the index holds. Only where the sums differ
    /// every entry is looked for. Memory is bounded; time is two scans. The transaction pins every page freed
    /// meanwhile: under many writes the file grows until it ends. `indexName` nil checks all, else throws
    /// `NO_SUCH_INDEX` and `INDEX_NOT_READY`.
    public func verify(
        _ tableName: String, index indexName: String? = nil, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> VerifyReport {
        let subject = try subject(tableName, indexName, txn)
        let board = VerifyBoard(members: 1, cuts: try counts(of: subject, txn), keeping: 0) { _ in }
        var scene = try VerifyScene(self, subject.table, subject.candidates, in: txn)
        try check(&scene, board, txn)
        let scans = try board.result() ?? []
        return VerifyReport(table: tableName, indexes: scans.map(\.found), notReady: subject.notReady)
    }

    /// What is checked.
    struct VerifySubject {
        var table: TableRecord
        var candidates: [ReadyIndex]
        var notReady: [String]
    }

    /// Checks with a team, all of it at one snapshot; what was found of each index, with damage to be mended.
    @available(*, noasync)
    func survey(
        _ tableName: String, _ indexName: String?, keeping: Int, _ team: VerifyTeam,
        _ tell: @escaping (VerifyProgress) -> Void
    ) throws -> (VerifySubject, [IndexScan]) {
        let (subject, cuts) = try read { txn in
            let subject = try self.subject(tableName, indexName, txn)
            return (subject, try self.cuts(of: subject, for: team, txn))
        }
        for _ in 0..<Store.snapshotTries where team.size > 1 {
            let board = VerifyBoard(members: team.size, cuts: cuts, keeping: keeping, tell: tell)
            if let scans = try survey(subject, board, team) { return (subject, scans) }
        }
        // Applications commit faster than the team can begin: one member has its snapshot for itself.
        let board = VerifyBoard(members: 1, cuts: cuts, keeping: keeping, tell: tell)
        guard let scans = try survey(subject, board, .alone) else {
            throw GaplessError(.defect, "a check of \(tableName) by one member did not agree with itself")
        }
        return (subject, scans)
    }

    /// One try of a team; nil if its members began at different snapshots.
    @available(*, noasync)
    private func survey(_ subject: VerifySubject, _ board: VerifyBoard, _ team: VerifyTeam) throws -> [IndexScan]? {
        let (name, indexes) = (subject.table.name, subject.candidates.map(\.index.name))
        try team.run { _ in
            do {
                var hasBegun = false
                try self.read { txn in
                    var scene = try self.scene(name, indexes, txn)
                    // A body that runs again would have another snapshot than the others.
                    guard !hasBegun else { throw GaplessError(.defect, "a member of a check of \(name) began twice") }
                    hasBegun = true
                    try self.check(&scene, board, txn)
                }
            } catch {
                board.fail(error)
            }
        }
        return try board.result()
    }

    private func scene(
        _ table: String, _ indexes: [String], _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> VerifyScene {
        let seen = try subject(table, nil, txn)
        let candidates = seen.candidates.filter { indexes.contains($0.index.name) }
        guard candidates.count == indexes.count else {
            throw GaplessError(
                .indexNotReady, "indexes of \(table) were dropped while the check began: run it again",
                retryAfterSeconds: 1)
        }
        return try VerifyScene(self, seen.table, candidates, in: txn)
    }

    /// Does tasks until there are none; nothing, if the members have different snapshots.
    private func check(
        _ scene: inout VerifyScene, _ board: VerifyBoard, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws {
        guard board.agree(on: txn.id) else { return }
        var meter = VerifyMeter(board)
        while let (place, task) = board.next() {
            let found = try scene.perform(task, &meter, txn)
            meter.flush()
            board.finished(place, found)
        }
    }

    private func subject(
        _ tableName: String, _ indexName: String?, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> VerifySubject {
        let table = try self.table(tableName, in: txn)
        if let indexName {
            let candidate = try readyIndex("\(tableName).\(indexName)", in: txn)
            return VerifySubject(table: table, candidates: [candidate], notReady: [])
        }
        let notReady = try catalog(in: txn).indexes(of: table).filter { $0.ready == nil }.map(\.fullName)
        return VerifySubject(table: table, candidates: try readyIndexes(of: table, in: txn), notReady: notReady)
    }

    /// How much there is to look at, in one piece.
    private func counts(
        of subject: VerifySubject, _ txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> VerifyCuts {
        var cuts = VerifyCuts()
        cuts.recordsCount = try recordsCount(of: subject.table, in: txn)
        cuts.entriesCounts = try subject.candidates.map { try txn.statistics(of: $0.entries).entries }
        cuts.entries = subject.candidates.map { _ in [] }
        return cuts
    }

    /// Where to cut for a team. Keys that are gone when it begins cut as well as others.
    private func cuts(
        of subject: VerifySubject, for team: VerifyTeam, _ txn: borrowing ReadTransaction
    ) throws -> VerifyCuts {
        var cuts = try counts(of: subject, txn)
        guard team.size > 1 else { return cuts }
        let tasks = team.size * Store.tasksPerMember
        let stride = max(cuts.recordsCount / tasks, team.itemsPerTask)
        cuts.records = try Store.cuts(try records(of: subject.table, in: txn), stride, txn)
        cuts.entries = try zip(subject.candidates, cuts.entriesCounts).map { candidate, count in
            try Store.cuts(candidate.entries, max(count / tasks, team.itemsPerTask), txn)
        }
        return cuts
    }

    private static func cuts(
        _ database: Database, _ stride: Int, _ txn: borrowing ReadTransaction
    ) throws -> [[UInt8]] {
        // Keys of other programs' databases may be in another order than that of their bytes.
        guard try database.isFolded || txn.statistics(of: database).flags.isEmpty else { return [] }
        var cuts: [[UInt8]] = []
        while let next = try txn.step(overAbout: stride, from: cuts.last, in: database).next { cuts.append(next) }
        return cuts
    }
}
