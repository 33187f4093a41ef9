internal import Tables

/// Which of some indexes are ready, all read in one transaction (R1), and why the others are not (R3).
struct Readiness {
    /// The indexes that were looked at, by their full names.
    let indexes: [String]
    /// Why not all of them are ready: of several reasons one that waiting does not cure, if there is one.
    let refusal: GaplessError?

    /// How many names a refusal lists.
    private static let namesMax = 10
    /// When to ask again about an index that is not there, in seconds.
    private static let retrySeconds = 5

    /// Looks at the indexes of these names; at all that exist if there are none.
    ///
    /// Throws `BAD_NAME`, and what the environment throws.
    init(of names: [String], in store: Store) throws {
        let (indexes, refusals) = try store.read { txn in
            let indexes = try names.isEmpty ? store.catalog(in: txn).indexes.map(\.fullName) : names
            var refusals: [(name: String, error: GaplessError)] = []
            for name in indexes {
                do {
                    _ = try store.readyIndex(name, in: txn)
                } catch let error as GaplessError where error.code != .badName {
                    refusals.append((name, error))
                }
            }
            return (indexes, refusals)
        }
        self.indexes = indexes
        refusal = Readiness.refusal(refusals, of: indexes.count)
    }

    private static func refusal(_ refusals: [(name: String, error: GaplessError)], of count: Int) -> GaplessError? {
        let first = refusals.first { $0.error.code != .indexNotReady } ?? refusals.first
        guard let (name, cause) = first else { return nil }
        var error = cause
        error.index = name
        // A gate for an index that is declared later opens when it is ready.
        if error.code == .noSuchTable { error.code = .noSuchIndex }
        error.retryable = true
        error.retryAfterSeconds = error.retryAfterSeconds ?? retrySeconds
        if refusals.count > 1 {
            let names = refusals.prefix(namesMax).map(\.name).joined(separator: ", ")
            let more = refusals.count > namesMax ? " and \(refusals.count - namesMax) more" : ""
            error.message += "; \(refusals.count) of \(count) indexes are not ready: \(names)\(more)"
        }
        return error
    }
}
