public import Backfill
public import LMDB
internal import Tables

extension Ledger {
    /// Throws ``Fenced`` unless this very transaction sees the load or drain that `lease` names as this holder's.
    ///
    /// Every transaction of a loader begins with it, so that one that was stopped and woke late changes nothing.
    public func confirm(
        _ lease: Lease, of holder: Nonce, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> BuildRow {
        guard let build = try build(of: lease, in: txn), build.isHeld(under: lease, by: holder) else {
            throw Fenced.lease(lease)
        }
        return build
    }

    /// The same, and throws ``Fenced`` also while the index is paused, and once it was dropped or cancelled.
    ///
    /// So a pause stops a loader or drainer at its next transaction, whether or not a coordinator has heard of it.
    public func confirm(
        _ lease: Lease, of holder: Nonce, building index: JobIndex,
        in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> BuildRow {
        let build = try confirm(lease, of: holder, in: txn)
        // Dropped or cancelled: its database is being taken apart, and nothing may be added to it.
        guard let record = try coming(index, in: txn) else { throw Fenced.lease(lease) }
        if record.coming?.state == .paused { throw Fenced.paused(lease) }
        return build
    }

    private func build(
        of lease: Lease, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> BuildRow? {
        let index: Int
        switch lease.item {
        case .scan: return nil
        case .load(let place), .drain(let place): index = place
        }
        return try Row.read(BuildRow.self, at: Row.build(lease.job, index), in: requiredDatabase(in: txn), txn)
    }
}
