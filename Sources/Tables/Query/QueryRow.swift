public import Values

/// One record of an answer, lent to the caller's closure; its bytes are gone when the closure returns.
public struct QueryRow: ~Copyable {
    private let keyBytes: UnsafeRawBufferPointer
    private let valueBytes: UnsafeRawBufferPointer
    private let select: [FieldPath]
    /// How the bytes of the value are encoded.
    public let format: ValueFormat

    init(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, format: ValueFormat, select: [FieldPath]) {
        keyBytes = key
        valueBytes = value
        self.format = format
        self.select = select
    }

    /// Calls `body` with the encoded primary key.
    public borrowing func withKey<R>(_ body: (RawSpan) throws -> R) rethrows -> R {
        try body(keyBytes.bytes)
    }

    /// Calls `body` with the whole record in its stored form, whatever fields were selected.
    public borrowing func withValue<R>(_ body: (RawSpan) throws -> R) rethrows -> R {
        try body(valueBytes.bytes)
    }

    /// The record, cut down to the selected fields.
    ///
    /// Selected fields keep their place within nested maps: of `address.city` remains `{"address":{"city":...}}`;
    /// absent fields stay absent. Throws `RecordError` if the record is malformed.
    public borrowing func value() throws(RecordError) -> Value {
        let whole =
            switch format {
            case .messagePack: try Value(messagePack: valueBytes.bytes)
            case .json: try Value(json: valueBytes.bytes)
            }
        return select.isEmpty ? whole : whole.selecting(select)
    }
}

extension Value {
    /// A map of the fields at `paths` only, in the order of the paths.
    func selecting(_ paths: [FieldPath]) -> Value {
        var result = Value.map([])
        for path in paths {
            if let value = self[path] { result.set(value, at: path.components[...]) }
        }
        return result
    }

    /// Puts a value into nested maps; what a shorter path has put there already holds it and stays.
    private mutating func set(_ value: Value, at steps: ArraySlice<[UInt8]>) {
        guard case .map(var entries) = self, let step = steps.first else { return }
        let name = Value.string(String(decoding: step, as: UTF8.self))
        let rest = steps.dropFirst()
        let place = entries.firstIndex { $0.key == name }
        if rest.isEmpty {
            if let place { entries[place].value = value } else { entries.append(MapEntry(key: name, value: value)) }
        } else {
            let index = place ?? entries.endIndex
            if place == nil { entries.append(MapEntry(key: name, value: .map([]))) }
            entries[index].value.set(value, at: rest)
        }
        self = .map(entries)
    }
}
