// Worker: does the work of a build: scans ranges, loads indexes and drains deltas, as a coordinator hands it out.
//
//   WorkerProcess              one worker, until it is asked to stop
//   WorkerLoop                 the thread that talks: the session's events in, its effects out
//   CoordinatorLink            the socket to the coordinator
//   WorkDesk, WorkControl      a thread for each piece of work, orders to it and progress from it
//   ScanWork, Harvest          a range read in chunks, the entries of every index, a durable run for each
//   LoadWork, MergeThread      runs merged on one thread and appended on another, then read back
//   DrainWork                  the delta applied until little is left
//   Appender, Retrying         fenced transactions, bounded in bytes and time; bounded tries
//
// No piece of work decides that it counts: it reports, and the coordinator settles.
