// Coordinator: runs the builds of one environment: carries out what the core decides, and tells it what happened.
//
//   CoordinatorProcess   the lock, the office and its epoch, then the loop until it is asked to stop
//   CoordinatorLoop      events in, effects out: rows are committed before anything is said or begun
//   WorkerLinks          the socket to the workers, and all that the loop's thread waits for
//   ProcessWatch         the deaths of workers of this host
//   Errands, KeyWalk     what the core asks of the environment, on a thread of its own
//   StatusBoard          what `status` shows of a build under way
//
// Nothing here decides what counts: that is Backfill's, and what was decided stands in the Ledger.
