import Tables

/// What `index pause|resume|cancel|rebuild` tell.
struct BuildOrderResult: Encodable {
    let index: String
    /// Whether the order changed anything.
    let changed: Bool
    /// The generation that it was about.
    let generation: UInt32
    /// What the index is now; `absent` if it is gone.
    let state: String
    /// What that generation is now; nil if it is gone.
    let building: String?

    init(_ outcome: BuildOrderOutcome, in store: Store) throws {
        index = outcome.index.fullName
        changed = outcome.isChanged
        generation = outcome.generation
        let now = try store.read { txn in try store.catalog(in: txn).indexes.first { $0.id == outcome.index.id } }
        state = now?.state.rawValue ?? "absent"
        building = now?.generation(outcome.generation)?.state.rawValue
    }
}
