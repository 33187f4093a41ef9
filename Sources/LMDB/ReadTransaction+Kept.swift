extension ReadableTransaction where Self: ~Copyable {
    /// What `owner` has found out about this snapshot: made once, then kept until the snapshot ends.
    ///
    /// Only for what follows from the snapshot alone, which never changes. What a write transaction sees does change,
    /// so it keeps nothing: `make` runs every time. Neither is anything kept from one transaction to the next, nor from
    /// one run of a body to its repetition. One object at a time is kept, that of the owner who asked last.
    ///
    /// - Throws: what `make` throws.
    public func kept<Kept: AnyObject>(by owner: AnyObject, _ make: () throws -> Kept) throws -> Kept {
        if let kept = unsafe scope.kept, kept.owner === owner, let object = kept.object as? Kept { return object }
        let made = try make()
        if !scope.isWrite { unsafe scope.kept = (owner, made) }
        return made
    }

    /// Calls `body` with the same transaction as one concrete type that reads: what takes that is compiled for it, not
    /// for every kind of transaction, and is faster by half.
    ///
    /// Of a write transaction it reads what was written so far.
    public func reading<R>(_ body: (borrowing ReadTransaction) throws -> R) rethrows -> R {
        // Named: the optimizer of Swift 6.3.1 stops the build over the same without a name.
        let reader = ReadTransaction(scope: scope)
        return try body(reader)
    }
}
