// Goal: a process that sleeps inside a write transaction. Method: this process plays it: a thread of the test begins
// one and keeps it until told to end.

import Foundation
import LMDB
import Synchronization
import TestSupport

/// Holds the write lock of a database from its making until `end`.
final class LockHolder {
    private let isEnding = DispatchSemaphore(value: 0)
    private let work: Background<Void>

    /// Returns once it has the lock.
    init(database: String) throws {
        let environment = try Environment.open(at: database)
        let (ending, begun) = (isEnding, DispatchSemaphore(value: 0))
        work = Background {
            try environment.write { _ in
                begun.signal()
                ending.wait()
            }
        }
        begun.wait()
    }

    /// Gives the lock up.
    func end() {
        isEnding.signal()
        do { try work.result() } catch { fatalError("the holder of the lock failed: \(error)") }
    }
}
