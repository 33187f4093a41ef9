extension EntryExtractor {
    /// Memory that an extractor reuses from record to record; any extractor can use it, one thread at a time.
    public struct Scratch: ~Copyable, Sendable {
        var messagePack = MessagePackFieldLocator()
        var json = JSONFieldLocator()
        var components = ComponentCollector()
        var entry = EntryBuffer()
        var odometer = ElementBuffer<Int>()
        /// A record together with its raw key.
        var whole = ByteBuffer()

        /// Fresh scratch memory.
        public init() {}
    }
}

/// One entry while it is put together: the cut index key first, then the primary key part.
struct EntryBuffer: ~Copyable, Sendable {
    private var bytes = ByteBuffer(capacity: 2 * EntryLayout.entryBytesMax)
    private var previousKey = ByteBuffer(capacity: EntryLayout.entryBytesMax)
    /// True if the index key did not fit.
    private var isCut = false

    /// Forgets the keys of the rule before.
    @inline(__always)
    mutating func beginRule() { previousKey.removeAll() }

    /// Begins the next entry.
    @inline(__always)
    mutating func beginKey() {
        bytes.removeAll()
        isCut = false
    }

    /// Appends one component as far as the index key may reach.
    @inline(__always)
    mutating func appendComponent(_ component: UnsafeRawBufferPointer) {
        let room = EntryLayout.indexKeyBytesMax &- bytes.count
        if component.count <= room {
            bytes.append(raw: component)
        } else {
            bytes.append(raw: UnsafeRawBufferPointer(rebasing: component.prefix(room)))
            isCut = true
        }
    }

    /// Hands the entry out, unless cutting made it equal to the one before.
    @inline(__always)
    mutating func emit(
        _ rule: Int, primaryKeyPart: UnsafeRawBufferPointer, _ body: (Int, RawSpan) throws -> Void
    ) throws {
        if isCut, isRepeated() { return }
        bytes.append(raw: primaryKeyPart)
        try body(rule, RawSpan(_unsafeBytes: bytes.contents))
    }

    /// True if the last cut key was the same.
    ///
    /// Keys come in ascending order, so equal ones follow each other.
    @inline(never)
    private mutating func isRepeated() -> Bool {
        if Bytes.areEqual(bytes.contents, previousKey.contents) { return true }
        previousKey.removeAll()
        previousKey.append(raw: bytes.contents)
        return false
    }
}
