// The parts of messages: leases, intervals, digests and incarnations, which both directions speak of.

internal import Backfill
internal import SwiftProtobuf
internal import Values

extension ProtoLease {
    init(_ lease: Lease) {
        self.init()
        job = lease.job
        attempt = lease.attempt
        epoch = lease.epoch
        switch lease.item {
        case .scan(let range): item = .scan(range)
        case .load(let index): item = .load(UInt32(clamping: index))
        case .drain(let index): item = .drain(UInt32(clamping: index))
        }
    }

    func lease(_ path: String) throws(WireError) -> Lease {
        Lease(
            job: try required(hasJob, job, path, "job"),
            item: try workItem(path),
            attempt: try required(hasAttempt, attempt, path, "attempt"),
            epoch: try required(hasEpoch, epoch, path, "epoch"))
    }

    private func workItem(_ path: String) throws(WireError) -> WorkItem {
        switch item {
        case .scan(let range): .scan(range: range)
        case .load(let index): .load(index: Int(index))
        case .drain(let index): .drain(index: Int(index))
        case nil: throw .missingField("\(path).item")
        }
    }
}

extension ProtoKeyInterval {
    init(_ interval: KeyInterval) {
        self.init()
        if let key = interval.start { start = bytes(key.bytes) }
        if let key = interval.end { end = bytes(key.bytes) }
    }

    func interval(_ path: String) throws(WireError) -> KeyInterval {
        KeyInterval(
            start: hasStart ? try key(start, path, "start") : nil,
            end: hasEnd ? try key(end, path, "end") : nil)
    }
}

extension ProtoEntryDigest {
    init(_ digest: EntryDigest) {
        self.init()
        count = digest.count
        low = digest.low
        high = digest.high
    }

    func digest(_ path: String) throws(WireError) -> EntryDigest {
        EntryDigest(
            count: try required(hasCount, count, path, "count"),
            low: try required(hasLow, low, path, "low"),
            high: try required(hasHigh, high, path, "high"))
    }
}

extension ProtoIncarnation {
    init(_ incarnation: Incarnation) {
        self.init()
        host = incarnation.host
        bootID = incarnation.bootID
        pid = incarnation.pid
        startTicks = incarnation.startTicks
        startedAtMillis = incarnation.startedAt.milliseconds
        nonce = bytes(incarnation.nonce.bytes)
        if let namespace = incarnation.pidNamespace { pidNamespace = namespace }
    }

    func incarnation(_ path: String) throws(WireError) -> Incarnation {
        Incarnation(
            host: try required(hasHost, host, path, "host"),
            bootID: try required(hasBootID, bootID, path, "boot_id"),
            pid: try required(hasPid, pid, path, "pid"),
            startTicks: try required(hasStartTicks, startTicks, path, "start_ticks"),
            startedAt: Instant(
                milliseconds: try required(hasStartedAtMillis, startedAtMillis, path, "started_at_millis")),
            nonce: try Wire.nonce(try required(hasNonce, nonce, path, "nonce"), path, "nonce"),
            pidNamespace: hasPidNamespace ? pidNamespace : nil)
    }
}
