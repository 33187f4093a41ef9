/// A place in a database that can be moved; every move says whether it found an entry.
///
/// Entries are sorted by their keys, byte by byte. It lives in `withCursor` or `withWriteCursor`.
public protocol EntryCursor: ~Copyable {
    /// Where it is.
    var position: CursorPosition { get set }
}

/// A cursor that reads.
public struct Cursor: ~Copyable, EntryCursor {
    /// Where it is.
    public var position: CursorPosition

    init(position: CursorPosition) { self.position = position }
}

/// A cursor that also changes the database.
public struct WriteCursor: ~Copyable, EntryCursor {
    /// Where it is.
    public var position: CursorPosition

    init(position: CursorPosition) { self.position = position }

    /// Puts `value` under `key`; with `append` the fastest way to fill a database in order.
    ///
    /// - Throws: as `WriteTransaction.put`. The cursor has no entry after it: move it.
    public mutating func put(_ key: RawSpan, _ value: RawSpan, _ flags: PutFlags = []) throws {
        try position.put(key, value, flags)
    }

    /// Deletes the entry the cursor is at; `next` then moves to the one behind it.
    public mutating func deleteCurrent() throws { try position.deleteCurrent() }
}

extension EntryCursor where Self: ~Copyable {
    /// Moves to the first entry.
    @inlinable public mutating func first() throws -> Bool { try position.first() }

    /// Moves to the last entry.
    @inlinable public mutating func last() throws -> Bool { try position.last() }

    /// Moves to the next entry: the first, when it was nowhere.
    @inlinable public mutating func next() throws -> Bool { try position.next() }

    /// Moves to the entry before: the last, when it was nowhere.
    @inlinable public mutating func previous() throws -> Bool { try position.previous() }

    /// Moves to the first entry whose key is `key` or comes after it; the empty key comes before all.
    @inlinable
    public mutating func seek(atOrAfter key: RawSpan) throws -> Bool { try position.seek(atOrAfter: key) }

    /// Moves to the entry under `key`.
    @inlinable
    public mutating func seek(exactly key: RawSpan) throws -> Bool { try position.seek(exactly: key) }

    /// Moves to the first entry whose key is `key` or comes after it; the empty key comes before all.
    public mutating func seek(atOrAfter key: [UInt8]) throws -> Bool { try unsafe seek(atOrAfter: key.span.bytes) }

    /// Moves to the entry under `key`.
    public mutating func seek(exactly key: [UInt8]) throws -> Bool { try unsafe seek(exactly: key.span.bytes) }

    /// Calls `body` with the key and value of the entry it is at, which lie in the map.
    ///
    /// Without an entry it stops the process. Within a write transaction `body` must not change anything.
    @inlinable
    public borrowing func withEntry<R>(_ body: (_ key: RawSpan, _ value: RawSpan) throws -> R) rethrows -> R {
        position.requireEntry()
        if position.isWrite { unsafe position.scope.liveViews += 1 }
        defer { if position.isWrite { unsafe position.scope.liveViews -= 1 } }
        return try body(unsafe position.keyBytes.bytes, unsafe position.valueBytes.bytes)
    }

    /// A copy of the key it is at; without an entry it stops the process.
    public var key: [UInt8] { withEntry { key, _ in unsafe key.withUnsafeBytes { unsafe Array($0) } } }

    /// A copy of the value it is at; without an entry it stops the process.
    public var value: [UInt8] { withEntry { _, value in unsafe value.withUnsafeBytes { unsafe Array($0) } } }
}
