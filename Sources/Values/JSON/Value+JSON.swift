extension Value {
    /// Decodes one JSON document; strings of fields that the schema calls timestamps or bytes become those.
    ///
    /// Throws `RecordError`, with the byte offset where it has one: malformed text, a key twice in an object, integers
    /// outside -2^63...2^64-1, numbers that overflow, too deep nesting, bytes after the value, and `.wrongType` with
    /// the field where the schema is not met. Any thread.
    public init(json text: RawSpan, schema: Schema = Schema()) throws(RecordError) {
        var parser = JSONParser()
        self = try text.reading { (bytes) throws(RecordError) in
            try Value(tape: try parser.parse(bytes), schema: schema)
        }
    }

    /// The value at `word` of a parsed document, which is the field `path` (nil: the document itself).
    init(
        tape: JSONTape, at word: Int = JSONTape.root, below path: FieldPath? = nil, schema: Schema
    ) throws(RecordError) {
        let typed = WantedFields(schema.fields.map(\.path), schema: schema)
        self = try typed.withView { (view) throws(RecordError) in
            let node = (path?.components ?? []).reduce(WantedFields.root) { node, step in
                node == WantedFields.none ? node : step.withUnsafeBytes { view.child(of: node, named: $0) }
            }
            do throws(RecordError) {
                return try JSONDecoding(tape: tape, typed: view).value(at: word, node: node)
            } catch {
                var named = error
                named.field = error.rule.map { typed.paths[$0].text }
                named.rule = nil
                throw named
            }
        }
    }
}

/// Turns a tape into values, along the tree of the fields that the schema knows.
private struct JSONDecoding {
    let tape: JSONTape
    let typed: WantedFields.View

    func value(at word: Int, node: Int) throws(RecordError) -> Value {
        let field = node == WantedFields.none ? WantedFields.none : typed.field(at: node)
        let kind = field == WantedFields.none ? nil : typed.kind(of: field)
        switch tape.kind(at: word) {
        case .object:
            if let kind { throw wrongType(kind, field) }
            return .map(try members(at: word, node: node))
        case .array:
            return .array(try elements(at: word, kind: kind, field: field))
        default:
            return try scalar(at: word, kind: kind, field: field)
        }
    }

    private func members(at word: Int, node: Int) throws(RecordError) -> [MapEntry] {
        var entries: [MapEntry] = []
        let end = tape.end(of: word)
        var at = word + 1
        while at < end {
            let name = tape.string(at: at)
            let child = node == WantedFields.none ? WantedFields.none : typed.child(of: node, named: name)
            entries.append(MapEntry(String(decoding: name, as: UTF8.self), try value(at: at + 1, node: child)))
            at = tape.after(at + 1)
        }
        return entries
    }

    /// The scalars in a typed field's array are of its kind; containers in it are not.
    private func elements(at word: Int, kind: Schema.Kind?, field: Int) throws(RecordError) -> [Value] {
        var values: [Value] = []
        let end = tape.end(of: word)
        var at = word + 1
        while at < end {
            switch tape.kind(at: at) {
            case .object, .array: values.append(try value(at: at, node: WantedFields.none))
            default: values.append(try scalar(at: at, kind: kind, field: field))
            }
            at = tape.after(at)
        }
        return values
    }

    private func scalar(at word: Int, kind: Schema.Kind?, field: Int) throws(RecordError) -> Value {
        switch (tape.kind(at: word), kind) {
        case (.null, _): return .null
        case (.string, nil): return .string(String(decoding: tape.string(at: word), as: UTF8.self))
        case (.string, .some(let kind)): return try text(at: word, kind: kind, field: field)
        case (_, .some(let kind)): throw wrongType(kind, field)
        case (.int, nil): return .int(tape.int(at: word))
        case (.uint, nil): return Value(tape.uint(at: word))
        case (.double, nil): return .double(tape.double(at: word))
        case (let other, nil): return .bool(other == .yes)
        }
    }

    private func text(at word: Int, kind: Schema.Kind, field: Int) throws(RecordError) -> Value {
        do throws(RecordError) {
            switch kind {
            case .timestamp: return .timestamp(try JSONText.timestamp(tape.string(at: word)))
            case .bytes: return .bytes(try JSONText.bytes(tape.string(at: word)))
            }
        } catch {
            throw wrongType(kind, field)
        }
    }

    /// The error for a field, whose ordinal stands in `rule` until its name is known.
    private func wrongType(_ kind: Schema.Kind, _ field: Int) -> RecordError {
        var error = JSONText.wrongType(kind)
        error.rule = field
        return error
    }
}
