/// Trying the proof, and what follows from its answer.
extension Coordinator {
    mutating func publishWhatIsDrained(jobAt place: Int, into effects: inout Effects) {
        let job = jobs[place]
        // A range may be scanned again for an index that comes later; until it is, no index is proved.
        guard job.isScanned, !job.isForeign else { return }
        for build in job.builds where build.stage == .drained {
            guard job.isWanted(build.index), !job.publishing.contains(build.index) else { continue }
            jobs[place].publishing.append(build.index)
            effects.requests.append(
                .publish(job: job.row.id, table: job.row.table, index: job.row.indexes[build.index], place: build.index)
            )
        }
    }

    mutating func published(
        job: JobID, place index: Int, _ outcome: PublishOutcome, at now: Instant, into effects: inout Effects
    ) {
        guard let place = place(of: job), var build = jobs[place].build(index) else { return }
        jobs[place].publishing.removeAll { $0 == index }
        guard build.stage == .drained else { return }
        let name = "index \(jobs[place].row.indexes[index].index) of job \(job)"
        if outcome.leavesIndexComing, let demands,
            !demands.contains(where: { $0.index == jobs[place].row.indexes[index] })
        {
            // It was dropped while this was asked, which could not be followed then.
            return cancel(index: index, jobAt: place, at: now, into: &effects)
        }
        switch outcome {
        case .published(let entries):
            build.stage = .published
            build.owner = nil
            build.error = nil
            build.endedAt = now
            jobs[place].builds[index] = build
            effects.info("\(name) is ready with \(entries) entries")
        case .deltaTooLarge(let left):
            build.stage = .loaded
            build.deltaRounds = (build.deltaRounds ?? 0) + 1
            jobs[place].set(build, into: &effects)
            effects.info("\(name): \(left) changes came in meanwhile; draining again")
        case .badRecords(let count):
            build.isBlockedByRecords = true
            block(&build, because: Coordinator.badRecordsReason(count), jobAt: place, into: &effects)
        case .uniqueViolations(let count):
            build.isBlockedByRecords = true
            block(&build, because: Coordinator.uniqueViolationsReason(count), jobAt: place, into: &effects)
        case .unproved(let doubts) where doubts.allSatisfy(\.mayPass) && build.failures + 1 < limits.failuresMax:
            build.failures += 1
            jobs[place].set(build, into: &effects)
            let wait = backoffMillis(after: build.failures)
            delay(index: index, jobAt: place, until: now.advanced(byMilliseconds: wait))
            effects.info("\(name) not published: a range went back to be scanned again")
        case .unproved(let doubts):
            let reasons = doubts.prefix(10).map(\.description).joined(separator: "; ")
            block(&build, because: "not proved complete: \(reasons)", jobAt: place, into: &effects)
        case .paused:
            // The catalog's own word follows; until then it is not asked again and again.
            delay(index: index, jobAt: place, until: now.advanced(byMilliseconds: limits.pausedMillis))
        case .gone:
            cancel(index: index, jobAt: place, at: now, into: &effects)
        case .failedForGood(let error) where build.failures + 1 >= limits.failuresMax:
            block(
                &build, because: "publishing failed \(build.failures + 1) times: \(error)", jobAt: place, into: &effects
            )
        case .failed(let error), .failedForGood(let error):
            build.failures += 1
            build.error = error
            jobs[place].set(build, into: &effects)
            let wait = backoffMillis(after: build.failures)
            delay(index: index, jobAt: place, until: now.advanced(byMilliseconds: wait))
            effects.warn("\(name) not published, trying again in \(wait) ms: \(error)")
        }
    }

    /// They are counted up to a bound.
    static func uniqueViolationsReason(_ count: UInt64) -> String {
        "at least \(count) \(count == 1 ? "key is" : "keys are") shared by several records; rewrite or delete all but "
            + "one of each (gapless index failures lists them)"
    }

    static func badRecordsReason(_ count: UInt64) -> String {
        "\(count) \(count == 1 ? "record" : "records") cannot be indexed; rewrite or delete them"
    }

    /// Names what blocks the indexes of a job of which some ranges were given up, once all others are done.
    mutating func blockWhatFailed(jobAt place: Int, into effects: inout Effects) {
        let job = jobs[place]
        guard job.counts.failed > 0, job.hasNothingToScan else { return }
        let failed = job.ranges.first { $0.state == .failed }
        let error = failed.flatMap(\.lastError) ?? "unknown"
        let where_ = failed.map { " \($0.interval)" } ?? ""
        for var build in job.builds where build.stage == .waiting || build.stage == .drained {
            guard !job.publishing.contains(build.index) else { continue }
            block(
                &build, because: "\(job.counts.failed) ranges could not be scanned; the first,\(where_): \(error)",
                jobAt: place, into: &effects)
        }
    }
}

extension PublishOutcome {
    /// Whether the transaction saw that the index is still to be built.
    var leavesIndexComing: Bool {
        switch self {
        case .deltaTooLarge, .badRecords, .uniqueViolations, .unproved, .paused: true
        case .published, .gone, .failed, .failedForGood: false
        }
    }
}
