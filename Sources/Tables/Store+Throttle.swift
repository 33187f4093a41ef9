public import LMDB

extension Store {
    /// Sets what builds of an index, or of all indexes, may take; `Throttle.off` takes the bound away.
    ///
    /// Workers see it at their next transaction. Throws `NO_SUCH_INDEX`.
    public func setThrottle(
        _ throttle: Throttle, of fullName: String? = nil, in txn: borrowing WriteTransaction
    ) throws {
        let index = try fullName.map { try catalog(in: txn).index($0).id }
        let database = try txn.database(CatalogStorage.database)
        let key = Self.throttleKey(index)
        if throttle.isOff {
            _ = try txn.delete(key, in: database)
        } else {
            try txn.put(key, CatalogStorage.encode(throttle), in: database)
        }
    }

    /// What was set for an index, or for all (nil), if it is still in force.
    public func throttle(
        of index: UInt64?, atMillis now: Int64, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Throttle {
        let key = Self.throttleKey(index)
        guard let bytes = try txn.value(of: key, in: txn.database(CatalogStorage.database)) else { return .off }
        return try CatalogStorage.decode(Throttle.self, key: key, value: bytes).at(millis: now)
    }

    /// The strictest bounds that hold for work that serves these indexes.
    public func throttle(
        ofAll indexes: [UInt64], atMillis now: Int64, in txn: borrowing some ReadableTransaction & ~Copyable
    ) throws -> Throttle {
        try indexes.reduce(throttle(of: nil, atMillis: now, in: txn)) { strictest, index in
            strictest.combined(with: try throttle(of: index, atMillis: now, in: txn))
        }
    }

    /// Beside the rows of tables and indexes, whose stamp it leaves alone: nothing that is parsed from them changes.
    private static func throttleKey(_ index: UInt64?) -> [UInt8] {
        index.map { CatalogStorage.key(CatalogStorage.throttlePrefix, $0) } ?? Array("throttle".utf8)
    }
}
