import CSimdJSON

/// Turns one line of JSON into one record, and finds its primary key on the way.
///
/// Records kept as JSON are stored minified: checked in full, then copied without the white space between tokens;
/// numbers, escapes and the order of keys stay as they were written.
///
/// Owned by one reader, which is why handing it to another thread is safe.
struct JSONLineReader: ~Copyable, @unchecked Sendable {
    private var parser = JSONParser()
    private let plan: OpaquePointer
    private let format: ValueFormat
    private let schema: Schema
    private let key: FieldPath

    /// The last record's bytes; valid until the next one is read.
    private(set) var record = UnsafeRawBufferPointer(start: nil, count: 0)

    init(format: ValueFormat, key: FieldPath, schema: Schema) {
        self.format = format
        self.key = key
        self.schema = schema
        plan = Self.plan(key: key, schema: schema)
    }

    deinit { csj_plan_destroy(plan) }

    /// Reads `line` and returns the value of its primary key field.
    mutating func read(_ line: UnsafeRawBufferPointer) throws(LineFault) -> Value {
        do throws(RecordError) {
            try JSONParser.checkLength(line)
        } catch {
            throw LineFault(error)
        }
        let handle = parser.opened()
        let result =
            switch format {
            case .messagePack: csj_messagepack(handle, plan, line.bytePointer, line.count)
            case .json: csj_minified(handle, plan, line.bytePointer, line.count)
            }
        guard result.status == CSJ_OK else { throw fault(result, in: line) }
        guard result.key.count > 0 else {
            throw LineFault(.keyMissing, "the primary key is absent", field: key.text)
        }
        record = UnsafeRawBufferPointer(start: result.record.start, count: result.record.count)
        return try KeyField.value(UnsafeRawBufferPointer(start: result.key.start, count: result.key.count)[...])
    }

    private func fault(_ result: csj_result, in line: UnsafeRawBufferPointer) -> LineFault {
        switch result.status {
        case CSJ_NOT_AN_OBJECT: return LineFault(.notAnObject, "a record must be a JSON object")
        case CSJ_BAD_FIELD:
            let field = schema.fields[Int(result.slot)]
            return LineFault(.wrongType, JSONText.wrongType(field.kind).detail, field: field.path.text)
        default: return LineFault(JSONParser.error(result.status, in: line))
        }
    }

    /// What the shim must know: the typed fields, numbered as in the schema, and which field is the key.
    private static func plan(key: FieldPath, schema: Schema) -> OpaquePointer {
        guard let plan = csj_plan_create(readTimestamp) else { fatalError("out of memory for an import's plan") }
        for (slot, field) in schema.fields.enumerated() {
            add(field.path, field.kind == .timestamp ? CSJ_TIMESTAMP : CSJ_BYTES, slot: slot, isKey: false, to: plan)
        }
        let keySlot = schema.fields.firstIndex { $0.path == key } ?? schema.fields.count
        add(key, CSJ_PLAIN, slot: keySlot, isKey: true, to: plan)
        return plan
    }

    private static func add(_ path: FieldPath, _ kind: csj_kind, slot: Int, isKey: Bool, to plan: OpaquePointer) {
        let bytes = path.components.flatMap { $0 }
        let isAdded = bytes.withUnsafeBufferPointer { all in
            var at = 0
            let steps = path.components.map { step in
                defer { at += step.count }
                return csj_bytes(start: all.baseAddress.map { $0 + at }, count: step.count)
            }
            return csj_plan_add(plan, steps, steps.count, kind, Int32(slot), isKey ? 1 : 0)
        }
        if isAdded == 0 { fatalError("out of memory for an import's plan") }
    }
}

/// Reads timestamps for the shim, so that there is one reader of them only.
private let readTimestamp: csj_timestamp_reader = { text, count, seconds, nanoseconds in
    guard let timestamp = Timestamp(rfc3339: UnsafeRawBufferPointer(start: text, count: count)) else { return 0 }
    seconds?.pointee = timestamp.seconds
    nanoseconds?.pointee = timestamp.nanoseconds
    return 1
}
