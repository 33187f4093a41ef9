internal import Backfill

/// One process of the cluster: a slot, and which life of it. What is meant for an earlier life never arrives.
struct Life: Hashable {
    var slot: Int
    var number: Int
}

/// Something that will happen.
enum Happening {
    case nothing
    /// A worker's loop wakes.
    case workerWakes(Life)
    /// A worker's connection to this coordinator stands.
    case connected(worker: Life, coordinator: Life)
    /// A message arrives.
    case toWorker(Life, from: Life, CoordinatorEnvelope)
    case toCoordinator(Life, from: Life, WorkerEnvelope)
    /// A working thread does its next step, or posts how it ended.
    case step(Life, work: Int, token: Int)
    case ended(Life, work: Int)
    /// A worker's process is started.
    case startWorker(slot: Int, number: Int)
    /// A coordinator's loop wakes, its commit is tried, it speaks.
    case coordinatorWakes(Life)
    case coordinatorCommits(Life)
    case coordinatorSpeaks(Life)
    /// The next errand begins; an errand's answer arrives.
    case errand(Life)
    case errandAgain(Life, Request)
    case answer(Life, Event)
    /// A coordinator's process is started, or tries the lock again.
    case startCoordinator(slot: Int, number: Int)
    case tryLock(Life)
    /// A stopped process goes on.
    case wakeWorker(Life)
    case wakeCoordinator(Life)
    /// Others.
    case write(number: Int)
    case query
    case order(number: Int)
    case strike
    case spaceReturns
    case partitionEnds
    case tidy
    case look
}
