internal import Backfill

/// One step of a working thread: a chunk, a file call, a transaction. Between two of them anything may happen.
extension Cluster {
    /// Tries of one step before the whole work is given back, and the first wait between two.
    private static let triesMax = 8
    private static let firstWaitMillis = 10

    /// Ends a piece of work early: given back, for this reason.
    struct Stop: Error {
        var kind: WorkFailure.Kind?
        var message: String

        static let abandoned = Stop(kind: nil, message: "abandoned")

        init(kind: WorkFailure.Kind?, message: String) {
            self.kind = kind
            self.message = message
        }

        init(_ error: SimulatedError) {
            switch error {
            case .fenced: self.init(kind: .released, message: "the lease was given to somebody else")
            case .transient: self.init(kind: .transient, message: "an input/output error")
            case .noSpace: self.init(kind: .noSpace, message: "no space")
            default: self.init(kind: .permanent, message: "\(error)")
            }
        }
    }

    func step(_ worker: SimulatedWorker, _ number: Int, _ token: Int) {
        guard let work = worker.works.first(where: { $0.number == number }), work.token == token, work.outcome == nil
        else { return }
        guard survivesEffect(worker) else { return }
        do {
            try checkOrder(work)
            if let micros = try advance(work, worker) { next(work, worker, in: micros) } else { done(work, worker) }
        } catch let error as SimulatedError {
            retry(work, worker, error)
        } catch let stop as Stop {
            finish(work, worker, stop)
        } catch {
            fatalError("a step of a work threw \(error)")
        }
    }

    private func checkOrder(_ work: SimulatedWork) throws {
        if work.order == .abandon { throw Stop.abandoned }
        guard work.order == .cut else { return }
        switch work.phase {
        case .empty, .append, .noteSharedKeys, .drain:
            throw Stop(kind: .released, message: "cut between two transactions")
        case .readBack: throw Stop(kind: .released, message: "cut while reading back")
        default: break
        }
    }

    /// Does the next step; nil: that was the last.
    private func advance(_ work: SimulatedWork, _ worker: SimulatedWorker) throws -> Int? {
        let micros = pace()
        switch work.phase {
        case .assign: try assign(work, worker)
        case .chunk: try chunk(work, worker)
        case .create, .sync, .rename, .syncName: try writeRun(work, worker)
        case .empty: try empty(work, worker)
        case .sources: try findSources(work)
        case .open: try openRuns(work)
        case .append: try append(work, worker)
        case .readBack: try readBack(work)
        case .noteSharedKeys(let isEnd): try noteSharedKeys(work, worker, isEnd: isEnd)
        case .drain: try drain(work, worker)
        }
        work.tries = 0
        return work.outcome == nil ? micros : nil
    }

    /// Bounded backoff, as the worker's: reads and transactions are tried again, files are not.
    private func retry(_ work: SimulatedWork, _ worker: SimulatedWorker, _ error: SimulatedError) {
        rewindTrap()
        var isRetried = error == .transient
        switch work.phase {
        case .create, .sync, .rename, .syncName, .assign, .sources, .open: isRetried = false
        case .chunk, .empty, .append, .readBack, .noteSharedKeys, .drain: break
        }
        work.tries += 1
        guard isRetried, work.tries < Cluster.triesMax else {
            if case .append = work.phase, weaknesses.contains(.skipFailedBatch) {
                work.tries = 0
                work.position += plan.batchEntries
                return next(work, worker, in: pace())
            }
            return finish(work, worker, Stop(error))
        }
        moments.count(.putRetried)
        work.progress.retries += 1
        let wait = Cluster.firstWaitMillis << (work.tries - 1)
        note("worker \(name(worker)): the \(work.grant.lease) meets \(error), tries again")
        next(work, worker, in: (wait + dice.below(wait + 1)) * 1_000)
        work.isPausing = true
    }

    /// The work ended without a result.
    private func finish(_ work: SimulatedWork, _ worker: SimulatedWorker, _ stop: Stop) {
        guard let kind = stop.kind else {
            after(dice.within(20...2_000), .ended(worker.life, work: work.number))
            work.token += 1
            return
        }
        if stop.kind == .released, stop.message.hasPrefix("the lease") { moments.count(.loaderFenced) }
        work.outcome = .failed(WorkFailure(lease: work.grant.lease, kind: kind, message: stop.message))
        done(work, worker)
    }

    private func done(_ work: SimulatedWork, _ worker: SimulatedWorker) {
        note("worker \(name(worker)): the \(work.grant.lease) ended")
        after(dice.within(10...500), .ended(worker.life, work: work.number))
    }

    private func assign(_ work: SimulatedWork, _ worker: SimulatedWorker) throws {
        if failsToRead() { throw SimulatedError.transient }
        let grant = work.grant
        work.fields = grant.indexes.map { wanted in
            store.indexes.first { $0.id == wanted.index && !$0.isDropped }?.field
        }
        switch grant.lease.item {
        case .scan:
            work.end = grant.interval.end.map(PrimaryKeys.first(notBefore:)) ?? .max
            work.cut = grant.interval.end
            work.memory = plan.memoryEntries
            work.harvest.entries = Array(repeating: [], count: grant.indexes.count)
            work.phase = .chunk
        case .load(let place):
            guard work.fields[place] != nil else { throw Stop(kind: .released, message: "the index was dropped") }
            work.phase = grant.restarts ? .empty : .sources
            if grant.restarts { moments.count(.loadBeganAnew) }
        case .drain(let place):
            guard work.fields[place] != nil else { throw Stop(kind: .released, message: "the index was dropped") }
            work.phase = .drain
        }
    }
}
