/// Cutting the key space into ranges, lazily: about as many as will be needed soon.
extension Coordinator {
    mutating func discoverAhead(jobAt place: Int, into effects: inout Effects) {
        let job = jobs[place]
        guard !job.row.isDiscovered, !job.isDiscovering, !job.isPaused else { return }
        guard job.counts.pending < limits.rangesAhead + 2 * workforce.all.count else { return }
        jobs[place].isDiscovering = true
        let records = limits.recordsPerRange(ofTableWith: job.row.recordsTotal)
        effects.requests.append(
            .discover(job: job.row.id, table: job.row.table, from: job.row.frontier, records: records))
    }

    /// The range from the frontier to `boundary` exists from now on; no boundary means that it is the last.
    mutating func discovered(
        job: JobID, from: Key?, boundary: Key?, records: UInt64, into effects: inout Effects
    ) {
        guard let place = place(of: job), jobs[place].row.state == .open else { return }
        jobs[place].isDiscovering = false
        let row = jobs[place].row
        guard !row.isDiscovered, from == row.frontier else { return }
        let interval = KeyInterval(start: from, end: boundary)
        guard !interval.isEmpty else {
            effects.error("job \(job): discovery answered with the empty range \(interval)")
            return
        }
        let range = RangeRow(job: job, id: RangeID(jobs[place].ranges.count), interval: interval, records: records)
        jobs[place].set(range, into: &effects)
        jobs[place].ready.insert(range.id, at: 0)
        jobs[place].row.frontier = boundary
        jobs[place].row.isDiscovered = boundary == nil
        effects.writes.append(.job(jobs[place].row))
    }
}
