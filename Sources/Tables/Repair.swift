internal import LMDB
internal import Values

extension Store {
    /// How many damaged entries are mended in one transaction: writers wait for milliseconds.
    private static let repairEntriesPerTransaction = 256

    /// Checks as `verify(_:index:in:)` does, in a transaction of its own, then mends what it found.
    ///
    /// Each entry is asked for again in the write transaction that mends it: what applications wrote since the check
    /// stays as they wrote it. Counts are those of the check; `repaired` says what was put or removed.
    @available(*, noasync)
    public func verify(
        _ tableName: String, index indexName: String? = nil, repairing: Bool, team: VerifyTeam = .alone,
        progress: @escaping (VerifyProgress) -> Void = { _ in }
    ) throws -> VerifyReport {
        let keeping = repairing ? Store.repairEntriesMax : 0
        let (subject, first) = try survey(tableName, indexName, keeping: keeping, team, progress)
        var report = VerifyReport(
            table: subject.table.name, indexes: first.map(\.found), notReady: subject.notReady)
        guard repairing else { return report }
        var scans = first
        while true {
            var isMoreThere = false
            for scan in scans {
                let repaired = try repair(scan, of: subject.table, progress)
                isMoreThere = isMoreThere || (scan.isTruncated && repaired > 0)
                for place in report.indexes.indices where report.indexes[place].index == scan.found.index {
                    report.indexes[place].repaired += repaired
                }
            }
            guard isMoreThere else { return report }
            scans = try survey(tableName, indexName, keeping: keeping, team, progress).1
        }
    }

    /// Mends the damaged entries that a scan kept, in bounded transactions; returns how many it put or removed.
    @available(*, noasync)
    private func repair(
        _ scan: IndexScan, of table: TableRecord, _ tell: (VerifyProgress) -> Void
    ) throws -> Int {
        var progress = VerifyProgress(pass: .repairing, total: scan.damaged.count)
        tell(progress)
        var repaired = 0
        var start = 0
        while start < scan.damaged.count {
            let end = min(start + Self.repairEntriesPerTransaction, scan.damaged.count)
            repaired += try environment.writeAsLoader { txn in
                try repair(scan.damaged[start..<end], scan, of: table, txn)
            }
            progress.done = end
            tell(progress)
            start = end
            environment.giveWay(atMostMicroseconds: 1_000)
        }
        return repaired
    }

    private func repair(
        _ damaged: ArraySlice<[UInt8]>, _ scan: IndexScan, of table: TableRecord, _ txn: borrowing WriteTransaction
    ) throws -> Int {
        let index = try live(scan.ready.index, in: txn)
        guard index.ready?.number == scan.ready.generation.number else { return 0 }
        let entries = try entries(of: index, generation: scan.ready.generation.number, in: txn)
        let records = try records(of: table, in: txn)
        var scratch = EntryExtractor.Scratch()
        var repaired = 0
        for entry in damaged {
            let span = entry.span.bytes
            let origin = try EntryOrigin.find(span, of: index, scan.extractor, &scratch, records: records, in: txn)
            let isThere = try txn.withValue(of: span, in: entries) { _ in true } ?? false
            if case .derived = origin {
                guard !isThere else { continue }
                try txn.put(span, RawSpan(), in: entries)
            } else {
                guard try isThere && txn.delete(span, in: entries) else { continue }
            }
            repaired += 1
        }
        return repaired
    }
}
