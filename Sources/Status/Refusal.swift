internal import Coordinator
internal import Ledger
package import Tables

/// What a refused query should know of the build that it waits for: how far it is, and when to come again.
package enum Refusal {
    /// The error with the progress of its index, and a time to retry that follows from the build's own estimate.
    package static func informed(_ error: GaplessError, of store: Store) throws -> GaplessError {
        guard let name = error.index else { return error }
        let index = try store.read { txn in try store.catalog(in: txn).indexes.first { $0.fullName == name } }
        guard let index else { return error }
        let live = try LiveStatus.read(of: store)
        let job = try JobSummary.latest(of: index, ledger: Ledger(store), live: live)
        var informed = error
        informed.progress = job?.progress ?? 0
        if let seconds = job?.etaSeconds { informed.retryAfterSeconds = max(1, seconds) }
        if live == nil {
            informed.message += "; no coordinator is running: start one with gapless build"
        }
        return informed
    }
}
