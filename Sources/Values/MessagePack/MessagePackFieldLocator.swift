/// Finds the wanted fields of one MessagePack record in place, and checks all of the record's structure on the way.
///
/// Checked: nothing cut off, nothing behind the end, no reserved byte, no timestamp out of its bounds, no key twice in
/// a map, no nesting beyond `ValueLimits.depthMax`; and UTF-8 of the wanted strings. A well-formed value that is no map
/// has no fields. One of these lives in each scratch and is used by one thread at a time.
struct MessagePackFieldLocator: ~Copyable, Sendable {
    private var keys = MapKeySet()
    private var layouts = MapLayouts()

    /// Walks `record` and hands the wanted fields to `sink`.
    mutating func locate<Sink: FieldSink & ~Copyable>(
        _ wanted: WantedFields.View, in record: UnsafeRawBufferPointer, into sink: inout Sink
    ) throws(MessagePackFault) {
        keys.reset()
        var reader = MessagePackReader(record)
        try walk(&reader, node: WantedFields.root, depth: 0, wanted, into: &sink)
        guard reader.offset == reader.end else {
            throw MessagePackFault(reason: .trailingBytes, offset: reader.offset)
        }
    }

    /// Walks one value that stands at `node` of the wanted tree.
    @inline(__always)
    private mutating func walk<Sink: FieldSink & ~Copyable>(
        _ reader: inout MessagePackReader, node: Int, depth: Int, _ wanted: WantedFields.View, into sink: inout Sink
    ) throws(MessagePackFault) {
        let token = try reader.next()
        switch token {
        case .map(let count):
            try walkMap(&reader, count: count, node: node, depth: depth + 1, wanted, into: &sink)
        case .array(let count):
            let field = node == WantedFields.none ? WantedFields.none : wanted.field(at: node)
            try walkArray(&reader, count: count, field: field, depth: depth + 1, wanted, into: &sink)
        default:
            guard node != WantedFields.none else { return }
            let field = wanted.field(at: node)
            if field != WantedFields.none { try Self.hand(token, of: field, at: reader, to: &sink) }
        }
    }

    /// Walks the pairs of a map at `node`, or of one in which nothing is wanted.
    private mutating func walkMap<Sink: FieldSink & ~Copyable>(
        _ reader: inout MessagePackReader, count: Int, node: Int, depth: Int, _ wanted: WantedFields.View,
        into sink: inout Sink
    ) throws(MessagePackFault) {
        guard depth <= ValueLimits.depthMax else {
            throw MessagePackFault(reason: .tooDeep, offset: reader.offset)
        }
        var place = 0
        let hasLayout = MapLayouts.covers(depth: depth, count: count)
        if hasLayout {
            let names = wanted.names(at: node)
            while place < count {
                place = layouts.passOver(from: place, count: count, depth: depth, wanted: names, in: &reader)
                guard place < count, let key = layouts.key(place, depth: depth, from: &reader) else { break }
                let child = Self.child(of: node, key, wanted)
                try walkValue(&reader, node: child, depth: depth, wanted, into: &sink)
                place &+= 1
            }
            if place == count { return }
        }
        var table = keys.open(count: count)
        for before in 0..<place {
            _ = keys.insert(layouts.keyAgain(before, depth: depth, of: reader), into: &table, of: reader)
        }
        for place in place..<count {
            let key = try readKey(&reader, depth: depth, wanted, into: &sink)
            if hasLayout { layouts.note(place, depth: depth, start: key.start) }
            guard keys.insert(key, into: &table, of: reader) else {
                throw MessagePackFault(reason: .duplicateKey, offset: key.start)
            }
            let child = Self.child(of: node, key, wanted)
            try walkValue(&reader, node: child, depth: depth, wanted, into: &sink)
        }
        keys.close(table)
        if hasLayout { layouts.learn(count: count, depth: depth, of: reader) }
    }

    /// Walks the value behind a key. Not inlined: most values are skipped without it.
    @inline(never)
    private mutating func walkValue<Sink: FieldSink & ~Copyable>(
        _ reader: inout MessagePackReader, node: Int, depth: Int, _ wanted: WantedFields.View, into sink: inout Sink
    ) throws(MessagePackFault) {
        try walk(&reader, node: node, depth: depth, wanted, into: &sink)
    }

    /// The node that a key leads to from `node`; only strings match.
    @inline(__always)
    private static func child(of node: Int, _ key: MapKeySet.Key, _ wanted: WantedFields.View) -> Int {
        guard node != WantedFields.none, key.isString else { return WantedFields.none }
        return wanted.child(of: node, named: key.bytes)
    }

    /// Walks the elements of an array: the scalars among them belong to `field`, if it is one.
    private mutating func walkArray<Sink: FieldSink & ~Copyable>(
        _ reader: inout MessagePackReader, count: Int, field: Int, depth: Int, _ wanted: WantedFields.View,
        into sink: inout Sink
    ) throws(MessagePackFault) {
        guard depth <= ValueLimits.depthMax else {
            throw MessagePackFault(reason: .tooDeep, offset: reader.offset)
        }
        for _ in 0..<count {
            if field == WantedFields.none, reader.skipScalar() { continue }
            let token = try reader.next()
            switch token {
            case .map(let count):
                try walkMap(&reader, count: count, node: WantedFields.none, depth: depth + 1, wanted, into: &sink)
            case .array(let count):
                try walkArray(
                    &reader, count: count, field: WantedFields.none, depth: depth + 1, wanted, into: &sink)
            default:
                if field != WantedFields.none { try Self.hand(token, of: field, at: reader, to: &sink) }
            }
        }
    }

    /// Reads a map's key.
    ///
    /// Keys that are no strings are legal and never match.
    @inline(__always)
    private mutating func readKey<Sink: FieldSink & ~Copyable>(
        _ reader: inout MessagePackReader, depth: Int, _ wanted: WantedFields.View, into sink: inout Sink
    ) throws(MessagePackFault) -> MapKeySet.Key {
        let start = reader.offset
        let token = try reader.next()
        if case .string(let name) = token { return MapKeySet.Key(start: start, bytes: name, isString: true) }
        reader.move(to: start)
        try walk(&reader, node: WantedFields.none, depth: depth, wanted, into: &sink)
        let bytes = reader.slice(start, reader.offset)
        return MapKeySet.Key(start: start, bytes: bytes, isString: false)
    }

    /// Hands one scalar of a wanted field to the sink.
    @inline(__always)
    private static func hand<Sink: FieldSink & ~Copyable>(
        _ token: MessagePackToken, of field: Int, at reader: MessagePackReader, to sink: inout Sink
    ) throws(MessagePackFault) {
        switch token {
        case .null: sink.null(field)
        case .bool(let value): sink.bool(field, value)
        case .int(let value): sink.int(field, value)
        case .uint(let value): sink.uint(field, value)
        case .double(let value): sink.double(field, value)
        case .timestamp(let value): sink.timestamp(field, value)
        case .bytes(let value): sink.bytes(field, value)
        case .string(let utf8):
            guard UTF8Check.isValid(utf8) else {
                throw MessagePackFault(reason: .notUTF8, offset: reader.offset - utf8.count, field: field)
            }
            sink.string(field, utf8)
        case .opaque, .array, .map: break
        }
    }
}
