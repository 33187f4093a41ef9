internal import CLMDB
internal import Glibc

/// Keys with one head on their way into a folded database: LMDB takes their tails in one call.
@safe
struct FoldedGroup {
    /// Tails of one call at the most.
    private static let tailsMax = 512

    private var head: UnsafeMutableRawPointer?
    private var tails: UnsafeMutableRawPointer?
    private(set) var headLength = 0
    private(set) var count = 0

    var isFull: Bool { count == Self.tailsMax }

    func deallocate() {
        unsafe head?.deallocate()
        unsafe tails?.deallocate()
    }

    /// Whether a key has the head of this group, which is not empty then, and a tail behind it.
    @inline(__always)
    func tail(of key: RawSpan, _ joint: UInt8, _ shortTails: ClosedRange<UInt64>) -> FoldedTail? {
        let length = key.byteCount - headLength - 1
        guard count > 0, length == FoldedTail.shortLength || length == FoldedTail.byteCount else { return nil }
        guard unsafe key.unsafeLoad(fromByteOffset: headLength, as: UInt8.self) == joint else { return nil }
        let isSame = unsafe key.withUnsafeBytes { key in
            guard let start = key.baseAddress, let head = unsafe head else { return false }
            return unsafe memcmp(start, head, headLength) == 0
        }
        guard isSame else { return nil }
        let tail = FoldedTail(key, from: headLength + 1)
        return tail.isWhole(ofLength: length, shortTails) ? tail : nil
    }

    /// Begins anew with a stored key and its first duplicate.
    mutating func begin(_ key: RawSpan, _ tail: FoldedTail) {
        if unsafe head == nil {
            unsafe head = .allocate(byteCount: Environment.keyBytesMax, alignment: 1)
            unsafe tails = .allocate(byteCount: Self.tailsMax * FoldedTail.byteCount, alignment: 1)
        }
        unsafe key.withUnsafeBytes { key in
            if let start = key.baseAddress, let head = unsafe head { unsafe memcpy(head, start, key.count) }
        }
        headLength = key.byteCount
        count = 0
        add(tail)
    }

    @inline(__always)
    mutating func add(_ tail: FoldedTail) {
        guard let tails = unsafe tails else { return }
        let place = unsafe tails + count * FoldedTail.byteCount
        unsafe place.storeBytes(of: tail.high.bigEndian, as: UInt64.self)
        unsafe place.storeBytes(of: tail.low.bigEndian, toByteOffset: FoldedTail.shortLength, as: UInt16.self)
        count += 1
    }

    mutating func clear() { count = 0 }

    var headBytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: head, count: headLength) }
    var tailBytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: tails, count: count * FoldedTail.byteCount)
    }
}

extension WriteCursor {
    /// Appends keys with empty values to a database of folded keys: faster than one by one.
    ///
    /// `hand` hands the keys, in their order, to the closure that it is given. Throws as `put` with `append`; what of
    /// the keys was appended then is not known, so that the transaction must not go on.
    public mutating func append(_ hand: (_ take: (RawSpan) throws -> Void) throws -> Void) throws {
        try position.append(hand)
    }
}

extension CursorPosition {
    fileprivate mutating func append(_ hand: ((RawSpan) throws -> Void) throws -> Void) throws {
        guard let keys = unsafe folded else { fatalError("\(name) has no folded keys: put them one by one") }
        hasEntry = false
        unsafe keys.pointee.group.clear()
        try hand { key in
            if let error = scope.injected("lmdb.put", "mdb_cursor_put", name, key) { throw error }
            if let tail = unsafe keys.pointee.group.tail(of: key, keys.pointee.joint, keys.pointee.shortTails),
                unsafe !keys.pointee.group.isFull
            {
                return unsafe keys.pointee.group.add(tail)
            }
            try unsafe appendGroup(keys)
            let (length, tail) = unsafe keys.pointee.folding.fold(key)
            guard length <= Environment.keyBytesMax else { throw putFailure(MDB_BAD_VALSIZE, key, RawSpan()) }
            unsafe keys.pointee.group.begin(key.extracting(first: length), tail)
        }
        try unsafe appendGroup(keys)
    }

    /// Appends the keys that were gathered.
    private func appendGroup(_ keys: UnsafeMutablePointer<FoldedKeys>) throws {
        let count = unsafe keys.pointee.group.count
        guard count > 0 else { return }
        scope.willChange(handle)
        let head = unsafe keys.pointee.group.headBytes
        var key = unsafe MDB_val(head)
        let isLast = unsafe keys.pointee.isAppendedLast(head, scope.changes(of: handle)) || isLastKey(head)
        let order = UInt32(MDB_APPENDDUP) | (isLast ? 0 : UInt32(MDB_APPEND))
        let tails = unsafe UnsafeMutableRawPointer(mutating: keys.pointee.group.tailBytes.baseAddress)
        var values = unsafe (
            MDB_val(mv_size: FoldedTail.byteCount, mv_data: tails), MDB_val(mv_size: count, mv_data: nil)
        )
        let status = unsafe withUnsafeMutablePointer(to: &values) { values in
            unsafe values.withMemoryRebound(to: MDB_val.self, capacity: 2) { values in
                unsafe mdb_cursor_put(cursor, &key, values, order | UInt32(MDB_MULTIPLE))
            }
        }
        guard status == MDB_SUCCESS, unsafe values.1.mv_size == count else {
            throw unsafe putFailure(status == MDB_SUCCESS ? MDB_CORRUPTED : status, head.bytes, RawSpan())
        }
        unsafe keys.pointee.noteAppended(head, scope.changes(of: handle))
        unsafe keys.pointee.group.clear()
    }
}
