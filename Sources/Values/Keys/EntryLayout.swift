/// How an index entry is laid out in at most 511 bytes: one LMDB key, unless the index is grouped (module Tables).
/// ```
/// entry = indexKeyPart ‖ primaryKeyPart
/// indexKeyPart    the whole index key, if it has at most 255 bytes; else its first 255 bytes (a *cut* key)
/// primaryKeyPart  the whole encoded primary key, if it has at most 255 bytes; else (a *cut* primary key) its first
///                 240 bytes and 16 of XXH3-128 over all of it, big-endian: exactly 256
/// ```
/// Components tell where a whole key ends. A cut key is known by its components not ending within 255 bytes; behind it
/// a query reads the record to learn the rest. Cutting never turns the order of two keys round, it can make them equal.
public enum EntryLayout {
    /// The most bytes of an entry: LMDB's own limit for keys.
    public static let entryBytesMax = 511
    /// The most bytes of an index key within an entry; longer ones are cut here.
    public static let indexKeyBytesMax = 255
    /// The most bytes of an encoded primary key: LMDB's own limit for keys.
    public static let primaryKeyBytesMax = 511
    /// The most bytes of a primary key that an entry holds whole.
    public static let wholePrimaryKeyBytesMax = 255
    /// How many bytes of a cut primary key come first.
    public static let cutPrimaryKeyPrefixBytes = 240
    /// How many bytes a cut primary key takes: prefix and hash.
    ///
    /// No whole one has this length.
    public static let cutPrimaryKeyBytes = 256

    /// Where the parts of an entry are.
    public struct Parts: Hashable, Sendable {
        /// How many bytes belong to the index key; the rest is the primary key.
        public let indexKeyLength: Int
        /// True if the index key was cut.
        public let isKeyCut: Bool
        /// True if the primary key was cut.
        public let isPrimaryKeyCut: Bool
    }

    /// Appends the entry of an encoded index key and an encoded primary key.
    public static func appendEntry(indexKey: RawSpan, primaryKey: RawSpan, to entry: inout [UInt8]) {
        appendIndexKeyPart(indexKey, to: &entry)
        appendPrimaryKeyPart(primaryKey, to: &entry)
    }

    /// Appends an index key as entries hold it: its first 255 bytes.
    ///
    /// Bounds of a query are cut in the same way.
    public static func appendIndexKeyPart(_ indexKey: RawSpan, to entry: inout [UInt8]) {
        indexKey.withUnsafeBytes { entry.append(contentsOf: $0.prefix(indexKeyBytesMax)) }
    }

    /// Appends an encoded primary key as entries hold it.
    public static func appendPrimaryKeyPart(_ primaryKey: RawSpan, to entry: inout [UInt8]) {
        primaryKey.withUnsafeBytes { appendPrimaryKeyPart($0, to: &entry) }
    }

    /// True if an entry's primary key part, whole or cut, stands for this encoded primary key.
    public static func isPart(_ part: RawSpan, of primaryKey: RawSpan) -> Bool {
        part.withUnsafeBytes { part in
            primaryKey.withUnsafeBytes { primaryKey in
                guard primaryKey.count > wholePrimaryKeyBytesMax else { return Bytes.areEqual(part, primaryKey) }
                var own: [UInt8] = []
                appendPrimaryKeyPart(primaryKey, to: &own)
                return own.withUnsafeBytes { Bytes.areEqual(part, $0) }
            }
        }
    }

    /// Finds the parts of an entry of an index with this many fields.
    ///
    /// Throws `KeyError` if no such entry can have these bytes.
    public static func split(entry: RawSpan, components: Int) throws(KeyError) -> Parts {
        try entry.reading { (bytes) throws(KeyError) in try split(bytes, components: components) }
    }

    /// How many of the first bytes of an entry, or of a bound of a search for entries, are an index key part, whole or
    /// cut; nil if it does not end within them, or they begin no entry.
    public static func indexKeyLength(in bytes: RawSpan, components: Int) -> Int? {
        bytes.withUnsafeBytes { bytes in
            do {
                return try lengthOfIndexKey(bytes, components: components) ?? indexKeyBytesMax
            } catch {
                return nil
            }
        }
    }

    /// Primary keys that are numbers of 8 bytes behind their tag have these there, as a number; others have 10.
    public static let shortNumbers = OrderedNumber.shortHighs

    /// Whether a component of an entry's index key is null. Throws `KeyError` if no such entry can have these bytes.
    public static func hasNull(entry: RawSpan, components: Int) throws(KeyError) -> Bool {
        try entry.reading { (bytes) throws(KeyError) in
            var reader = KeyReader(offset: 0)
            for _ in 0..<components {
                guard let end = try reader.end(of: bytes) else { throw KeyError(.truncated, offset: bytes.count) }
                if bytes[reader.offset] == KeyEncoding.Tag.null { return true }
                reader.offset = end
            }
            return false
        }
    }

    private static func split(_ entry: UnsafeRawBufferPointer, components: Int) throws(KeyError) -> Parts {
        let length = try lengthOfIndexKey(entry, components: components)
        let indexKeyLength = length ?? indexKeyBytesMax
        switch entry.count - indexKeyLength {
        case ..<1: throw KeyError(.truncated, offset: entry.count)
        case cutPrimaryKeyBytes:
            return Parts(indexKeyLength: indexKeyLength, isKeyCut: length == nil, isPrimaryKeyCut: true)
        case 1...wholePrimaryKeyBytesMax:
            return Parts(indexKeyLength: indexKeyLength, isKeyCut: length == nil, isPrimaryKeyCut: false)
        default: throw KeyError(.trailingBytes, offset: indexKeyLength + cutPrimaryKeyBytes)
        }
    }

    /// The length of a whole index key; nil for a cut one.
    private static func lengthOfIndexKey(
        _ entry: UnsafeRawBufferPointer, components: Int
    ) throws(KeyError) -> Int? {
        let window = UnsafeRawBufferPointer(rebasing: entry.prefix(indexKeyBytesMax))
        var reader = KeyReader(offset: 0)
        for _ in 0..<components {
            guard let end = try reader.end(of: window) else {
                guard window.count == indexKeyBytesMax else { throw KeyError(.truncated, offset: window.count) }
                return nil
            }
            reader.offset = end
        }
        return reader.offset
    }

    static func appendPrimaryKeyPart<Output: ByteOutput & ~Copyable>(
        _ primaryKey: UnsafeRawBufferPointer, to entry: inout Output
    ) {
        guard primaryKey.count > wholePrimaryKeyBytesMax else {
            entry.append(raw: primaryKey)
            return
        }
        let hash = WideHash(of: primaryKey)
        entry.append(raw: UnsafeRawBufferPointer(rebasing: primaryKey.prefix(cutPrimaryKeyPrefixBytes)))
        entry.append(bigEndian: hash.high)
        entry.append(bigEndian: hash.low)
    }
}
