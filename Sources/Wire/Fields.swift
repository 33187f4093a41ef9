internal import Backfill
internal import SwiftProtobuf

/// The most bytes of a key: LMDB's 511, and one for the key that comes right after the longest.
let keyBytesMax = 512

/// The most indexes of one job, which bounds what a message makes the receiver hold.
let jobIndexesMax = 4_096

/// Bytes as whatever collection a generated field holds.
func bytes<Field: RangeReplaceableCollection<UInt8>>(_ bytes: [UInt8]) -> Field {
    Field(bytes)
}

/// The value of a field that must be there.
func required<Value>(
    _ isPresent: Bool, _ value: @autoclosure () -> Value, _ path: String, _ field: String
) throws(WireError) -> Value {
    guard isPresent else { throw .missingField("\(path).\(field)") }
    return value()
}

/// Refuses a list that is longer than the protocol allows.
func checkCount(_ count: Int, atMost limit: Int, _ path: String, _ field: String) throws(WireError) {
    guard count <= limit else {
        throw .invalidField("\(path).\(field)", reason: "has \(count) elements; at most \(limit) are allowed")
    }
}

/// A key of an allowed length.
func key(_ bytes: some Collection<UInt8>, _ path: String, _ field: String) throws(WireError) -> Key {
    guard (1...keyBytesMax).contains(bytes.count) else {
        throw .invalidField("\(path).\(field)", reason: "has \(bytes.count) bytes; a key has 1 to \(keyBytesMax)")
    }
    return Key(Array(bytes))
}

/// A nonce of 16 bytes.
func nonce(_ bytes: some Collection<UInt8>, _ path: String, _ field: String) throws(WireError) -> Nonce {
    guard let nonce = Nonce(bytes: Array(bytes)) else {
        throw .invalidField("\(path).\(field)", reason: "has \(bytes.count) bytes; a nonce has 16")
    }
    return nonce
}

/// A file's bare name: what comes over the wire never leads out of the job's folder.
func fileName(_ name: String, _ path: String, _ field: String) throws(WireError) -> String {
    let bytes = name.utf8
    guard (1...255).contains(bytes.count), !bytes.contains(UInt8(ascii: "/")), !bytes.contains(0),
        !bytes.elementsEqual(".".utf8), !bytes.elementsEqual("..".utf8)
    else {
        throw .invalidField("\(path).\(field)", reason: "is not a file's bare name")
    }
    return name
}

/// An error for an enumeration's value that is not known here.
func unknownValue(_ number: Int, _ path: String, _ field: String) -> WireError {
    .invalidField("\(path).\(field)", reason: "has the unknown value \(number)")
}

extension SwiftProtobuf.UnknownStorage {
    /// The number of the first unknown field, which in an envelope without a kind is the kind it has.
    var firstField: Int? {
        var tag: UInt64 = 0
        for (place, byte) in data.prefix(5).enumerated() {
            tag |= UInt64(byte & 0x7f) << (7 * UInt64(place))
            if byte & 0x80 == 0 { return Int(tag >> 3) }
        }
        return nil
    }
}
