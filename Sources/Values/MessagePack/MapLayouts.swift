/// The keys of the map walked last at each depth: most records of a table have the same keys in the same order, and
/// what was found to be without a key twice need not be asked again.
///
/// Only that is remembered, nothing of values or of what was wanted. A layout is learnt from a map that was walked to
/// its end with every key checked, and serves a map as far as its keys are the same bytes in the same order: the first
/// ones of a list without doubles are without doubles. One of these lives in each locator.
struct MapLayouts: ~Copyable, Sendable {
    /// A key's token as words, to be compared with few loads.
    struct Token: BitwiseCopyable {
        /// Bytes of the whole token: its head and its characters.
        var length = 0
        /// The name's bit in the mask of a `WantedFields.Node`.
        var bit: UInt64 = 0
        /// The bits of the first word that belong to it.
        var mask: UInt64 = 0
        /// The first word, and for a token that is longer than one the words that end it, overlapping the first.
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
    }

    /// Maps of more keys go without.
    static let keysMax = 32
    /// Maps deeper down go without.
    static let depthMax = 4
    /// Longer tokens are not remembered.
    private static let tokenBytesMax = 24
    /// A layout that does not fit is learnt anew at the first miss, then at every so many, so that tables without a
    /// common layout do not pay for learning.
    private static let missesBetweenLessons = 16
    private static let wordBytes = 8

    private var tokens = ElementBuffer<Token>(capacity: keysMax * depthMax)
    private var known = ElementBuffer<Int>(capacity: depthMax)
    private var misses = ElementBuffer<Int>(capacity: depthMax)
    /// Where the keys of the map being walked start, for each depth.
    private var starts = ElementBuffer<Int>(capacity: keysMax * depthMax)

    init() {
        tokens.resize(to: Self.keysMax * Self.depthMax, filling: Token())
        starts.resize(to: Self.keysMax * Self.depthMax, filling: 0)
        known.resize(to: Self.depthMax, filling: 0)
        misses.resize(to: Self.depthMax, filling: 0)
    }

    /// Whether a map of `count` keys at `depth` (from 1) may be served or learnt.
    @inline(__always)
    static func covers(depth: Int, count: Int) -> Bool { depth <= depthMax && count <= keysMax }

    /// The key at `place` of a map at `depth`, if it is the one that the layout has there; moves behind it.
    @inline(__always)
    mutating func key(_ place: Int, depth: Int, from reader: inout MessagePackReader) -> MapKeySet.Key? {
        guard place < known[depth &- 1], let base = reader.bytes.baseAddress else { return nil }
        let slot = (depth &- 1) &* Self.keysMax &+ place
        let token = tokens[slot]
        let start = reader.offset
        guard Self.stands(token, base, at: start, end: reader.end) else { return nil }
        starts[slot] = start
        reader.move(to: start &+ token.length)
        return MapKeySet.Key(start: start, bytes: reader.slice(start &+ 1, start &+ token.length), isString: true)
    }

    /// Moves behind the pairs from `first` on whose keys are the layout's, have no bit of `wanted`, and have values of
    /// which only the length needs to be checked; gives the place of the first other pair.
    @inline(__always)
    mutating func passOver(
        from first: Int, count: Int, depth: Int, wanted: UInt64, in reader: inout MessagePackReader
    ) -> Int {
        guard let base = reader.bytes.baseAddress else { return first }
        let slots = (depth &- 1) &* Self.keysMax
        let end = min(count, known[depth &- 1])
        var place = first
        var ahead = reader
        while place < end {
            let token = tokens[slots &+ place]
            let start = ahead.offset
            guard token.bit & wanted == 0, Self.stands(token, base, at: start, end: ahead.end) else { break }
            ahead.move(to: start &+ token.length)
            guard ahead.skipPlain() else { break }
            starts[slots &+ place] = start
            reader.move(to: ahead.offset)
            place &+= 1
        }
        return place
    }

    /// Whether the token stands at `start` of an input that ends at `end`.
    @inline(__always)
    private static func stands(_ token: Token, _ base: UnsafeRawPointer, at start: Int, end: Int) -> Bool {
        guard start &+ max(token.length, Self.wordBytes) <= end else { return false }
        guard Bytes.word(base, start) & token.mask == token.first else { return false }
        if token.length > Self.wordBytes {
            guard Bytes.word(base, start &+ token.length &- Self.wordBytes) == token.second else { return false }
            if token.length > 2 &* Self.wordBytes {
                guard Bytes.word(base, start &+ Self.wordBytes) == token.third else { return false }
            }
        }
        return true
    }

    /// Where the key at `place` of the map being walked starts.
    @inline(__always)
    mutating func note(_ place: Int, depth: Int, start: Int) {
        starts[(depth &- 1) &* Self.keysMax &+ place] = start
    }

    /// The key that `key` found at `place` in the map being walked.
    func keyAgain(_ place: Int, depth: Int, of reader: MessagePackReader) -> MapKeySet.Key {
        let slot = (depth &- 1) &* Self.keysMax &+ place
        let start = starts[slot]
        return MapKeySet.Key(
            start: start, bytes: reader.slice(start &+ 1, start &+ tokens[slot].length), isString: true)
    }

    /// Learns the layout of a map at `depth` that was walked to its end, all of its `count` keys checked and noted.
    @inline(never)
    mutating func learn(count: Int, depth: Int, of reader: MessagePackReader) {
        misses[depth - 1] += 1
        guard misses[depth - 1] % Self.missesBetweenLessons == 1, let base = reader.bytes.baseAddress else { return }
        known[depth - 1] = 0
        for place in 0..<count {
            let slot = (depth - 1) * Self.keysMax + place
            guard let token = Self.token(base, at: starts[slot], end: reader.end) else { return }
            tokens[slot] = token
            known[depth - 1] = place + 1
        }
    }

    /// The token of a string key with a head of one byte; nil for others, for long ones, and at the input's end.
    private static func token(_ base: UnsafeRawPointer, at start: Int, end: Int) -> Token? {
        let head = base.load(fromByteOffset: start, as: UInt8.self)
        let length = 1 + Int(head & 0x1F)
        guard head & 0xE0 == 0xA0, length <= tokenBytesMax, start + max(length, wordBytes) <= end else { return nil }
        let name = UnsafeRawBufferPointer(start: base + start + 1, count: length - 1)
        var token = Token(length: length, bit: WantedFields.bit(of: name), mask: .max)
        if length < wordBytes { token.mask = UInt64(littleEndian: (1 << UInt64(8 * length)) - 1) }
        token.first = Bytes.word(base, start) & token.mask
        if length > wordBytes { token.second = Bytes.word(base, start + length - wordBytes) }
        if length > 2 * wordBytes { token.third = Bytes.word(base, start + wordBytes) }
        return token
    }
}
