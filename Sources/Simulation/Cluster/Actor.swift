internal import Backfill

/// Who commits a transaction.
enum Actor {
    case application
    case operators
    case coordinator(nonce: Nonce, epoch: Epoch)
    case office(nonce: Nonce)
    case loader(nonce: Nonce, lease: Lease)
    case tidying
}

/// One committed transaction, for the checkers.
struct Commit {
    let actor: Actor
    let before: SimulatedStore
    let after: SimulatedStore
    let disk: SimulatedDisk
    let model: [RecordRow]
    /// The ledger's rows that a coordinator stored.
    let writes: [LedgerWrite]
}
