// What a worker has done, or could not do.

internal import Backfill
internal import SwiftProtobuf
internal import Values

extension ProtoScanned {
    init(_ result: ScanResult) {
        self.init()
        lease = ProtoLease(result.lease)
        interval = ProtoKeyInterval(result.interval)
        runs = result.runs.map { ProtoRunSlot($0) }
        records = result.records
        snapshotMin = result.snapshotMin
        snapshotMax = result.snapshotMax
        badRecords = result.badRecords.map { ProtoBadRecord($0) }
        badRecordsCount = result.badRecordsCount
        retries = result.retries
    }

    func result() throws(WireError) -> ScanResult {
        let path = "scanned"
        try checkCount(runs.count, atMost: jobIndexesMax, path, "runs")
        try checkCount(badRecords.count, atMost: ScanResult.badRecordsMax, path, "bad_records")
        return ScanResult(
            lease: try required(hasLease, lease, path, "lease").lease("scanned.lease"),
            interval: try required(hasInterval, interval, path, "interval").interval("scanned.interval"),
            runs: try runs.map { slot throws(WireError) in try slot.run("scanned.runs") },
            records: try required(hasRecords, records, path, "records"),
            snapshotMin: try required(hasSnapshotMin, snapshotMin, path, "snapshot_min"),
            snapshotMax: try required(hasSnapshotMax, snapshotMax, path, "snapshot_max"),
            badRecords: try badRecords.map { record throws(WireError) in try record.record("scanned.bad_records") },
            badRecordsCount: try required(hasBadRecordsCount, badRecordsCount, path, "bad_records_count"),
            retries: try required(hasRetries, retries, path, "retries"))
    }
}

extension ProtoRunSlot {
    init(_ summary: RunSummary?) {
        self.init()
        guard let summary else { return }
        run.file = summary.file
        run.bytes = summary.bytes
        run.digest = ProtoEntryDigest(summary.digest)
        run.checksum = summary.checksum
    }

    func run(_ path: String) throws(WireError) -> RunSummary? {
        guard hasRun else { return nil }
        return RunSummary(
            file: try fileName(try required(run.hasFile, run.file, path, "file"), path, "file"),
            bytes: try required(run.hasBytes, run.bytes, path, "bytes"),
            digest: try required(run.hasDigest, run.digest, path, "digest").digest("\(path).digest"),
            checksum: try required(run.hasChecksum, run.checksum, path, "checksum"))
    }
}

extension ProtoBadRecord {
    init(_ record: BadRecord) {
        self.init()
        index = UInt32(clamping: record.index)
        primaryKey = bytes(record.primaryKey.bytes)
        error = record.error
    }

    func record(_ path: String) throws(WireError) -> BadRecord {
        BadRecord(
            index: Int(try required(hasIndex, index, path, "index")),
            primaryKey: try key(try required(hasPrimaryKey, primaryKey, path, "primary_key"), path, "primary_key"),
            error: try required(hasError, error, path, "error"))
    }
}

extension ProtoLoaded {
    init(_ result: LoadResult) {
        self.init()
        lease = ProtoLease(result.lease)
        digest = ProtoEntryDigest(result.digest)
        retries = result.retries
    }

    func result() throws(WireError) -> LoadResult {
        LoadResult(
            lease: try required(hasLease, lease, "loaded", "lease").lease("loaded.lease"),
            digest: try required(hasDigest, digest, "loaded", "digest").digest("loaded.digest"),
            retries: try required(hasRetries, retries, "loaded", "retries"))
    }
}

extension ProtoDrained {
    init(_ result: DrainResult) {
        self.init()
        lease = ProtoLease(result.lease)
        applied = result.applied
        retries = result.retries
    }

    func result() throws(WireError) -> DrainResult {
        DrainResult(
            lease: try required(hasLease, lease, "drained", "lease").lease("drained.lease"),
            applied: try required(hasApplied, applied, "drained", "applied"),
            retries: try required(hasRetries, retries, "drained", "retries"))
    }
}

extension ProtoFailed {
    init(_ failure: WorkFailure) {
        self.init()
        lease = ProtoLease(failure.lease)
        message = failure.message
        switch failure.kind {
        case .transient: kind = .transient
        case .noSpace: kind = .noSpace
        case .runDamaged(let range):
            kind = .runDamaged
            damagedRange = range
        case .incompatible: kind = .incompatible
        case .permanent: kind = .permanent
        case .released: kind = .released
        }
    }

    func failure() throws(WireError) -> WorkFailure {
        WorkFailure(
            lease: try required(hasLease, lease, "failed", "lease").lease("failed.lease"),
            kind: try failureKind(),
            message: try required(hasMessage, message, "failed", "message"))
    }

    private func failureKind() throws(WireError) -> WorkFailure.Kind {
        switch try required(hasKind, kind, "failed", "kind") {
        case .transient: .transient
        case .noSpace: .noSpace
        case .runDamaged:
            .runDamaged(range: try required(hasDamagedRange, damagedRange, "failed", "damaged_range"))
        case .incompatible: .incompatible
        case .permanent: .permanent
        case .released: .released
        case .unspecified: throw unknownValue(0, "failed", "kind")
        case .UNRECOGNIZED(let number): throw unknownValue(number, "failed", "kind")
        }
    }
}
