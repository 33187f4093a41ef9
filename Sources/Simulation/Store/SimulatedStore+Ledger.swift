public import Backfill

/// What is durable of builds, behind the epoch's fence.
extension SimulatedStore {
    /// Takes office: one epoch higher than ever before.
    public mutating func takeOffice(_ holder: Nonce) -> SimulatedOffice {
        let next = SimulatedOffice(epoch: (office?.epoch ?? 0) + 1, holder: holder, nextJob: office?.nextJob ?? 1)
        office = next
        return next
    }

    /// Throws `fenced` unless `epoch` is the current one.
    public func confirm(epoch: Epoch) throws(SimulatedError) {
        guard office?.epoch == epoch || weaknesses.contains(.noOfficeFence) else { throw .fenced }
    }

    /// Throws `fenced` unless the load or drain that `lease` names is this holder's.
    public func confirm(_ lease: Lease, of holder: Nonce) throws(SimulatedError) {
        if weaknesses.contains(.noLeaseFence) { return }
        guard isHeld(lease, by: holder) else { throw .fenced }
    }

    /// The same, and throws `fenced` also while the index is paused.
    public func confirm(_ lease: Lease, of holder: Nonce, building index: JobIndex) throws(SimulatedError) {
        try confirm(lease, of: holder)
        if let place = coming(index), indexes[place].coming?.state == .paused { throw .fenced }
    }

    /// Whether the ledger says that the load or drain that `lease` names is this holder's.
    public func isHeld(_ lease: Lease, by holder: Nonce) -> Bool {
        guard let job = jobs.first(where: { $0.row.id == lease.job }) else { return false }
        switch lease.item {
        case .scan(let range):
            return range < RangeID(job.ranges.count) && job.ranges[Int(range)].isHeld(under: lease, by: holder)
        case .load(let place), .drain(let place):
            return job.builds.indices.contains(place) && job.builds[place].isHeld(under: lease, by: holder)
        }
    }

    /// Stores what the core decided. Throws `fenced`.
    public mutating func commit(_ writes: [LedgerWrite], epoch: Epoch) throws(SimulatedError) {
        try confirm(epoch: epoch)
        for write in writes { try apply(write) }
    }

    private mutating func apply(_ write: LedgerWrite) throws(SimulatedError) {
        switch write {
        case .job(let row):
            if let place = place(ofJob: row.id) {
                jobs[place].row = row
            } else {
                jobs.append(JobImage(row: row, ranges: [], builds: []))
                jobs.sort { $0.row.id < $1.row.id }
            }
            if let next = office?.nextJob, next <= row.id { office?.nextJob = row.id + 1 }
        case .range(let row):
            guard let place = place(ofJob: row.job) else { throw .corrupt }
            let number = Int(row.id)
            if number < jobs[place].ranges.count {
                jobs[place].ranges[number] = row
            } else {
                jobs[place].ranges.append(row)
            }
        case .build(let row):
            guard let place = place(ofJob: row.job) else { throw .corrupt }
            store(row, inJobAt: place)
        case .badRecords(_, let index, let records):
            guard coming(index) != nil else { return }
            for record in records {
                try recordBad(
                    index: index.index, generation: index.generation,
                    key: UInt32(truncatingIfNeeded: PrimaryKeys.first(notBefore: record.primaryKey)))
            }
        case .blocked(_, let index, let reason): try setBlocked(index, reason)
        }
    }

    private mutating func setBlocked(_ name: JobIndex, _ reason: String?) throws(SimulatedError) {
        guard let place = coming(name) else { return }
        if let reason {
            // What somebody paused stays paused until they resume it.
            guard indexes[place].coming?.state != .paused else { return }
            try setState(.blocked, ofIndex: name.index, generation: name.generation, reason: reason)
        } else if indexes[place].coming?.state == .blocked {
            try setState(.building, ofIndex: name.index, generation: name.generation)
        }
    }

    mutating func store(_ build: BuildRow, inJobAt place: Int) {
        if build.index < jobs[place].builds.count {
            jobs[place].builds[build.index] = build
        } else {
            jobs[place].builds.append(build)
        }
    }

    func place(ofJob job: JobID) -> Int? { jobs.firstIndex { $0.row.id == job } }

    /// The ranges of a job.
    public func ranges(ofJob job: JobID) -> [RangeRow] { place(ofJob: job).map { jobs[$0].ranges } ?? [] }

    /// Everything that is stored of every job. Throws `corrupt` if rows of an open one are missing.
    public func images() throws(SimulatedError) -> [JobImage] {
        for job in jobs where job.row.state == .open {
            let isWhole = job.ranges.indices.allSatisfy { job.ranges[$0].id == RangeID($0) }
            guard isWhole, job.builds.count == job.row.indexes.count else { throw .corrupt }
        }
        return jobs
    }

    /// Removes at most `limit` rows of a job; whether there may be more.
    public mutating func removeSome(ofJob job: JobID, epoch: Epoch, limit: Int) throws(SimulatedError) -> Bool {
        try confirm(epoch: epoch)
        guard let place = place(ofJob: job) else { return false }
        if !jobs[place].ranges.isEmpty {
            jobs[place].ranges.removeFirst(min(limit, jobs[place].ranges.count))
        } else if !jobs[place].builds.isEmpty {
            jobs[place].builds.removeFirst(min(limit, jobs[place].builds.count))
        } else {
            jobs.remove(at: place)
        }
        return true
    }
}
