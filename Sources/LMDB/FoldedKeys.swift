internal import CLMDB
internal import Glibc

/// What a cursor over a folded database needs: where whole keys are shown, and which key was appended last.
@safe
struct FoldedKeys {
    let folding: any KeyFolding
    let joint: UInt8
    let shortTails: ClosedRange<UInt64>
    private let shown: UnsafeMutableRawPointer
    let appended: UnsafeMutableRawPointer
    private(set) var appendedLength = 0
    /// The changes of the database just after that.
    private var changesAtAppend = 0
    /// Keys with one head that are to be appended at once.
    var group = FoldedGroup()
    /// The whole key that the cursor deleted last, until it moves: among duplicates LMDB itself does not always go on
    /// behind or before what it deleted.
    private var deleted: [UInt8]?

    /// Room for the longest stored key, joint and tail.
    private static let roomBytes = Environment.keyBytesMax + 1 + FoldedTail.byteCount

    init(_ folding: any KeyFolding) {
        self.folding = folding
        joint = folding.joint
        shortTails = folding.shortTails
        unsafe shown = .allocate(byteCount: Self.roomBytes, alignment: 1)
        unsafe appended = .allocate(byteCount: Environment.keyBytesMax, alignment: 1)
    }

    func deallocate() {
        unsafe shown.deallocate()
        unsafe appended.deallocate()
        group.deallocate()
    }

    /// The whole key of what is stored, valid until the next call; nil if no folded database can hold that.
    func unfold(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let tail = unsafe FoldedTail(stored: value) else { return nil }
        if tail == .mark { return unsafe key }
        let isLong = !shortTails.contains(tail.high)
        guard let start = key.baseAddress, key.count <= Environment.keyBytesMax, isLong || tail.low == 0 else {
            return nil
        }
        unsafe memcpy(shown, start, key.count)
        unsafe shown.storeBytes(of: joint, toByteOffset: key.count, as: UInt8.self)
        let end = unsafe shown + (key.count + 1)
        unsafe end.storeBytes(of: tail.high.bigEndian, as: UInt64.self)
        unsafe end.storeBytes(of: tail.low.bigEndian, toByteOffset: FoldedTail.shortLength, as: UInt16.self)
        let length = key.count + 1 + (isLong ? FoldedTail.byteCount : FoldedTail.shortLength)
        return unsafe UnsafeRawBufferPointer(start: shown, count: length)
    }

    mutating func willDelete(_ key: UnsafeRawBufferPointer) { deleted = unsafe Array(key) }

    mutating func takeDeleted() -> [UInt8]? {
        defer { deleted = nil }
        return deleted
    }

    /// Whether `key` is the one appended last and nothing else changed the database since.
    func isAppendedLast(_ key: UnsafeRawBufferPointer, _ changes: Int) -> Bool {
        guard let start = key.baseAddress, key.count == appendedLength, changes == changesAtAppend + 1 else {
            return false
        }
        return unsafe memcmp(start, appended, appendedLength) == 0
    }

    mutating func noteAppended(_ key: UnsafeRawBufferPointer, _ changes: Int) {
        guard let start = key.baseAddress, key.count <= Environment.keyBytesMax else { return }
        unsafe memcpy(appended, start, key.count)
        appendedLength = key.count
        changesAtAppend = changes
    }

    static func corrupted(_ call: String, _ database: String) -> LMDBError {
        LMDBError(
            code: .corrupted, call: call,
            context: "reading \(database), whose keys are folded, at an entry that is no folded key")
    }
}

extension CursorPosition {
    /// Moves to the first whole key that is `bound` or comes after it.
    ///
    /// A key after the bound is under the head that the bound begins with, or its stored key is after the bound too: a
    /// stored key before the bound with a whole key after it must be what the bound begins with.
    mutating func seekFolded(atOrAfter bound: RawSpan, _ keys: UnsafeMutablePointer<FoldedKeys>) throws -> Bool {
        _ = unsafe keys.pointee.takeDeleted()
        if let (head, tail) = unsafe keys.pointee.folding.leastTail(atOrAfter: bound) {
            var isThere = try moveFolded(MDB_GET_BOTH_RANGE, bound.extracting(first: head), tail)
            // The bound may be longer than the tail that was looked for: `8 bytes, 00` is behind the short tail.
            while isThere, unsafe keyBytes.bytes.isBefore(bound) { isThere = try next() }
            if isThere { return true }
        }
        return try unsafe bound.withUnsafeBytes { try unsafe moveShowing(MDB_SET_RANGE, MDB_val($0)) }
    }

    mutating func seekFolded(exactly key: RawSpan, _ keys: UnsafeMutablePointer<FoldedKeys>) throws -> Bool {
        _ = unsafe keys.pointee.takeDeleted()
        let (length, tail) = unsafe keys.pointee.folding.fold(key)
        return try moveFolded(MDB_GET_BOTH, key.extracting(first: length), tail)
    }

    private mutating func moveFolded(_ operation: MDB_cursor_op, _ key: RawSpan, _ tail: FoldedTail) throws -> Bool {
        try unsafe key.withUnsafeBytes { key in
            try unsafe tail.withStored { try unsafe moveShowing(operation, MDB_val(key), MDB_val($0)) }
        }
    }

    /// Puts a whole key; what LMDB said of it.
    func putFolded(_ key: RawSpan, _ flags: PutFlags, _ keys: UnsafeMutablePointer<FoldedKeys>) -> Int32 {
        let (length, tail) = unsafe keys.pointee.folding.fold(key)
        return unsafe key.extracting(first: length).withUnsafeBytes { key in
            unsafe tail.withStored { tail in
                var (stored, value) = unsafe (MDB_val(key), MDB_val(tail))
                guard flags.contains(.append) else {
                    let flag = flags.contains(.noOverwrite) ? UInt32(MDB_NODUPDATA) : 0
                    return unsafe mdb_cursor_put(cursor, &stored, &value, flag)
                }
                let isLast = unsafe keys.pointee.isAppendedLast(key, scope.changes(of: handle)) || isLastKey(key)
                let status = unsafe mdb_cursor_put(
                    cursor, &stored, &value, UInt32(isLast ? MDB_APPENDDUP : MDB_APPEND))
                if status == MDB_SUCCESS { unsafe keys.pointee.noteAppended(key, scope.changes(of: handle)) }
                return status
            }
        }
    }

    /// Whether LMDB's last key is this one.
    func isLastKey(_ key: UnsafeRawBufferPointer) -> Bool {
        var (last, value) = unsafe (MDB_val(), MDB_val())
        guard unsafe mdb_cursor_get(cursor, &last, &value, MDB_LAST) == MDB_SUCCESS else { return false }
        return unsafe last.buffer.elementsEqual(key)
    }
}

extension TransactionScope {
    /// Whether a folded database holds a whole key; the status of LMDB's search.
    func find(_ key: RawSpan, _ folding: any KeyFolding, _ handle: MDB_dbi) -> Int32 {
        var cursor: OpaquePointer?
        let opened = unsafe mdb_cursor_open(pointer, handle, &cursor)
        guard opened == MDB_SUCCESS else { return opened }
        defer { unsafe mdb_cursor_close(cursor) }
        return unsafe withFolded(key, folding) { key, tail in
            unsafe mdb_cursor_get(cursor, &key, &tail, MDB_GET_BOTH)
        }
    }

    /// Calls `body` with a whole key as it is stored.
    func withFolded<R>(
        _ key: RawSpan, _ folding: any KeyFolding, _ body: (_ key: inout MDB_val, _ value: inout MDB_val) -> R
    ) -> R {
        let (length, tail) = folding.fold(key)
        return unsafe key.extracting(first: length).withUnsafeBytes { key in
            unsafe tail.withStored { tail in
                var (key, value) = unsafe (MDB_val(key), MDB_val(tail))
                return unsafe body(&key, &value)
            }
        }
    }
}

extension RawSpan {
    /// Whether these bytes sort before others.
    fileprivate func isBefore(_ other: RawSpan) -> Bool {
        unsafe withUnsafeBytes { mine in
            unsafe other.withUnsafeBytes { unsafe mine.lexicographicallyPrecedes($0) }
        }
    }
}
