public import Backfill
internal import Faults
internal import LMDB
internal import Tables

extension Ledger {
    /// Rows removed in one transaction: under a millisecond of holding the write lock.
    private static let rowsPerRemoval = 500

    /// Removes everything that is stored of a job, in bounded transactions. Running it again finishes what was begun.
    public func remove(job: JobID, epoch: Epoch) throws {
        for prefix in [Row.ranges(of: job), Row.builds(of: job), Row.job(job)] {
            while try removeSome(under: prefix, epoch: epoch) {}
        }
    }

    /// Removes up to a bound of rows and says whether there may be more.
    private func removeSome(under prefix: [UInt8], epoch: Epoch) throws -> Bool {
        try Faults.point(.ledgerRemove)
        return try store.environment.write(passingShutGate: true) { txn in
            _ = try confirm(epoch: epoch, in: txn)
            let database = try requiredDatabase(in: txn)
            return try txn.withWriteCursor(in: database) { cursor in
                for _ in 0..<Ledger.rowsPerRemoval {
                    guard try cursor.seek(atOrAfter: prefix), cursor.key.starts(with: prefix) else { return false }
                    try cursor.deleteCurrent()
                }
                return true
            }
        }
    }
}
