/// Where encoders append bytes: an array for callers, a reused buffer in the hot path.
protocol ByteOutput: ~Copyable {
    mutating func append(byte: UInt8)
    mutating func append<Word: FixedWidthInteger & BitwiseCopyable>(bigEndian word: Word)
    mutating func append(raw: UnsafeRawBufferPointer)
}

extension [UInt8]: ByteOutput {
    mutating func append(byte: UInt8) { append(byte) }

    mutating func append<Word: FixedWidthInteger & BitwiseCopyable>(bigEndian word: Word) {
        Swift.withUnsafeBytes(of: word.bigEndian) { append(contentsOf: $0) }
    }

    mutating func append(raw: UnsafeRawBufferPointer) { append(contentsOf: raw) }
}
