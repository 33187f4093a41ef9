internal import Backfill

/// What each happening does.
extension Cluster {
    func happen(_ happening: Happening) {
        switch happening {
        case .nothing: break
        case .workerWakes(let life), .connected(let life, _), .toWorker(let life, _, _), .step(let life, _, _),
            .ended(let life, _), .wakeWorker(let life):
            happen(happening, toWorker: life)
        case .coordinatorWakes(let life), .coordinatorCommits(let life), .coordinatorSpeaks(let life),
            .errand(let life), .errandAgain(let life, _), .answer(let life, _), .tryLock(let life),
            .toCoordinator(let life, _, _), .wakeCoordinator(let life):
            happen(happening, toCoordinator: life)
        case .startWorker(let slot, let number): startWorker(slot, number)
        case .startCoordinator(let slot, let number): startCoordinator(slot, number)
        case .write(let number): applicationWrites(number)
        case .query: applicationQueries()
        case .order(let number): operatorOrders(number)
        case .strike: strike()
        case .spaceReturns:
            isFull = false
            note("the disk has room again")
        case .partitionEnds: endPartition()
        case .tidy: tidy()
        case .look: break
        }
    }

    private func happen(_ happening: Happening, toWorker life: Life) {
        if case .toWorker = happening { inFlight -= 1 }
        guard let worker = worker(life) else { return }
        digest.add(UInt64(truncatingIfNeeded: now) &* 64 &+ UInt64(life.slot))
        if case .wakeWorker = happening { return wake(worker) }
        if worker.isStopped { return worker.held.append(happening) }
        switch happening {
        case .workerWakes where worker.wakeAt == now: loop(worker)
        case .connected(_, let coordinator): connect(worker, to: coordinator)
        case .toWorker(_, let from, let envelope): receive(envelope, worker, from: from)
        case .step(_, let number, let token): step(worker, number, token)
        case .ended(_, let number): postEnd(worker, number)
        default: break
        }
    }

    private func happen(_ happening: Happening, toCoordinator life: Life) {
        if case .toCoordinator = happening { inFlight -= 1 }
        guard let process = coordinator(life) else { return }
        digest.add(UInt64(truncatingIfNeeded: now) &* 64 &+ 32 &+ UInt64(life.slot))
        if case .wakeCoordinator = happening { return wake(process) }
        if process.isStopped { return process.held.append(happening) }
        switch happening {
        case .tryLock: tryLock(process)
        case .coordinatorWakes where process.wakeAt == now:
            process.wakeAt = .max
            loop(process)
        case .coordinatorCommits: commit(process)
        case .coordinatorSpeaks: speak(process)
        case .errand: runErrand(process)
        case .errandAgain(_, let request): addErrand(.request(request), process)
        case .answer(_, let event):
            process.inbox.append(event)
            loop(process)
        case .toCoordinator(_, let from, let envelope): receive(envelope, process, from: from)
        default: break
        }
    }

    func worker(_ life: Life) -> SimulatedWorker? {
        guard let worker = workers[life.slot], worker.life.number == life.number else { return nil }
        return worker
    }

    func coordinator(_ life: Life) -> SimulatedCoordinator? {
        guard let process = coordinators[life.slot], process.life.number == life.number else { return nil }
        return process
    }
}
