internal import Backfill

/// A coordinator's errands thread: what the core asks of the environment, one after the other.
extension Cluster {
    private static let pauseMicros = 200_000

    func addErrand(_ errand: SimulatedCoordinator.Errand, _ process: SimulatedCoordinator) {
        process.errands.append(errand)
        guard !process.isOnErrand else { return }
        process.isOnErrand = true
        after(pace(), .errand(process.life))
    }

    func runErrand(_ process: SimulatedCoordinator) {
        guard let core = process.core, !process.errands.isEmpty else { return }
        guard survivesEffect(process) else { return }
        let errand = process.errands.removeFirst()
        switch errand {
        case .request(let request): run(request, process, core.epoch)
        case .tidy: tidy()
        case .removeLeftovers:
            guard removeLeftovers(core, process) else { return }
        }
        guard coordinator(process.life) != nil else { return }
        process.isOnErrand = !process.errands.isEmpty
        if process.isOnErrand { after(pace(), .errand(process.life)) }
    }

    /// Not in the name of an office that was lost; false then, and the process is over.
    private func removeLeftovers(_ core: Coordinator, _ process: SimulatedCoordinator) -> Bool {
        do {
            try store.confirm(epoch: core.epoch)
        } catch {
            moments.count(.coordinatorFenced)
            note("coordinator \(name(process)) ends: fenced")
            end(process)
            return false
        }
        // The ids come from the moment of taking office; a job opened since has no runs yet.
        disk.removeJobs(but: core.jobs.filter { $0.row.state == .open }.map(\.row.id))
        return true
    }

    private func run(_ request: Request, _ process: SimulatedCoordinator, _ epoch: Epoch) {
        do {
            switch request {
            case .discover(let job, _, let from, let records):
                if failsToRead() { throw SimulatedError.transient }
                answer(discovered(job, from, records), process)
            case .middle(let job, _, let range, let interval):
                if failsToRead() { throw SimulatedError.transient }
                answer(.middle(job: job, range: range, cut: middle(of: interval)), process)
            case .publish(let job, _, _, let place): try publish(job, place, process, epoch)
            case .removeRuns(let job): disk.remove(job: job)
            case .removeJob(let job):
                while try removeSome(of: job, process, epoch) {}
            }
        } catch let error as SimulatedError {
            if error == .fenced {
                moments.count(.coordinatorFenced)
                note("coordinator \(name(process)) ends: fenced")
                return end(process)
            }
            followUp(request, error, process)
        } catch {
            fatalError("an errand threw \(error)")
        }
    }

    private func followUp(_ request: Request, _ error: SimulatedError, _ process: SimulatedCoordinator) {
        rewindTrap()
        if case .publish(let job, _, _, let place) = request {
            moments.count(.publishFailed)
            note("coordinator \(name(process)): publishing fails: \(error)")
            answer(.publish(job: job, place: place, .failed("\(error)")), process)
        } else {
            after(Cluster.pauseMicros, .errandAgain(process.life, request))
        }
    }

    private func removeSome(
        of job: JobID, _ process: SimulatedCoordinator, _ epoch: Epoch
    ) throws(SimulatedError) -> Bool {
        guard survivesEffect(process) else { return false }
        return try transact(.coordinator(nonce: process.nonce, epoch: epoch)) { store throws(SimulatedError) in
            try store.removeSome(ofJob: job, epoch: epoch, limit: 4)
        }
    }

    private func answer(_ event: Event, _ process: SimulatedCoordinator) {
        after(dice.within(10...2_000), .answer(process.life, event))
    }

    private func discovered(_ job: JobID, _ from: Key?, _ count: Int) -> Event {
        let records = store.records
        let first = records.place(of: from.map(PrimaryKeys.first(notBefore:)) ?? 0)
        let next = first + count
        let boundary = next < records.count ? PrimaryKeys.key(records[next].key) : nil
        return .discovered(
            job: job, from: from, boundary: boundary, records: UInt64(min(count, records.count - first)))
    }

    private func middle(of interval: KeyInterval) -> Key? {
        let records = store.records
        let first = records.place(of: interval.start.map(PrimaryKeys.first(notBefore:)) ?? 0)
        let end = interval.end.map { records.place(of: PrimaryKeys.first(notBefore: $0)) } ?? records.count
        return end - first > 1 ? PrimaryKeys.key(records[first + (end - first) / 2].key) : nil
    }

    private func publish(
        _ job: JobID, _ place: Int, _ process: SimulatedCoordinator, _ epoch: Epoch
    ) throws(SimulatedError) {
        strikeAtWorstMoment(.publish)
        guard coordinator(process.life) != nil else { return }
        let (extractor, deltaMax) = (process.program.extractor, plan.deltaMax)
        let hadDelta = store.databases.contains { !$0.delta.isEmpty }
        let outcome = try transact(.coordinator(nonce: process.nonce, epoch: epoch)) {
            store throws(SimulatedError) in
            try store.publish(job: job, place: place, epoch: epoch, extractor: extractor, deltaMax: deltaMax)
        }
        note("coordinator \(name(process)) tries the proof of index \(place) of job \(job): \(outcome)")
        count(outcome, hadDelta: hadDelta)
        checkBlock(outcome, job, place)
        if has(.kills), dice.chance(20) { kill(process) }
        guard survivesEffect(process) else { return moments.count(.publishOutcomeLost) }
        answer(.publish(job: job, place: place, outcome), process)
    }

    /// The transaction that publishes, for any index that is being built, at any time; nobody is told how it went.
    func publishHastily() {
        let open = store.jobs.filter { $0.row.state == .open && !$0.builds.isEmpty }
        let process = coordinators.compactMap { $0 }.first { $0.core?.epoch == store.office?.epoch }
        guard !open.isEmpty, let process, let epoch = process.core?.epoch else { return }
        let job = dice.one(of: open)
        let place = dice.below(job.builds.count)
        let (extractor, deltaMax) = (process.program.extractor, plan.deltaMax)
        do {
            let outcome = try transact(.coordinator(nonce: process.nonce, epoch: epoch)) {
                store throws(SimulatedError) in
                try store.publish(
                    job: job.row.id, place: place, epoch: epoch, extractor: extractor, deltaMax: deltaMax)
            }
            note("nobody asked to publish index \(place) of job \(job.row.id): \(outcome)")
            count(outcome, hadDelta: false)
            checkBlock(outcome, job.row.id, place)
        } catch {
            note("nobody asked to publish index \(place) of job \(job.row.id): \(error)")
        }
    }

    private func count(_ outcome: PublishOutcome, hadDelta: Bool) {
        switch outcome {
        case .published: if hadDelta { moments.count(.publishRacedByWriter) }
        case .deltaTooLarge: moments.count(.publishRefusedAsDeltaGrew)
        case .badRecords: moments.count(.publishRefusedForBadRecords)
        case .unproved: moments.count(.publishRefusedAsUnproved)
        case .uniqueViolations: moments.count(.publishRefusedForSharedKeys)
        case .paused, .gone, .failed, .failedForGood: break
        }
    }

    private func checkBlock(_ outcome: PublishOutcome, _ job: JobID, _ place: Int) {
        guard case .uniqueViolations(let count) = outcome,
            let name = store.jobs.first(where: { $0.row.id == job })?.row.indexes[place],
            let index = store.coming(name).map({ store.indexes[$0] }),
            let message = UniqueKeysHaveOneRecord.checkBlock(count, index, model)
        else { return }
        fail(UniqueKeysHaveOneRecord.name, message)
    }

    /// Frees what was dropped. A failure is left to the next tidying.
    func tidy() {
        let limit = 8
        while true {
            do {
                let isDone = try transact(.tidying) { store throws(SimulatedError) in
                    store.cleanDropped(limit: limit)
                }
                if store.indexes.contains(where: { $0.coming != nil }) { moments.count(.tidiedWhileBuilding) }
                if isDone { return }
            } catch {
                return note("tidying fails: \(error)")
            }
        }
    }
}
