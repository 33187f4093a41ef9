internal import CXXHash

/// The constants of the file format, whose numbers are little-endian; Runs.docc/RunFormat.md draws it.
enum RunFormat {
    /// The version that this program writes and the only one that it reads.
    static let version: UInt32 = 1
    /// The first 16 bytes of every run: "GAPLRUN" and a line feed, the version, zeros.
    static let header = [UInt8]("GAPLRUN\n".utf8) + [1, 0, 0, 0, 0, 0, 0, 0]

    /// A block's checksum (8), ordinal (4), entries (4), payload bytes (4) and zeros (4).
    static let blockHeaderBytes = 24
    /// The most bytes that one entry takes in a block: two lengths of two bytes, and all of its own.
    static let encodedEntryBytesMax = 4 + RunLimits.entryBytesMax

    static let footerMagic = [UInt8]("GAPLFOOT".utf8)
    /// The footer's fields before the first entry.
    static let footerFixedBytes = 128
    /// One record of the block index: offset (8), checksum (8), payload bytes (4), entries (4), separator's end (4),
    /// zeros (4).
    static let indexRecordBytes = 32

    static let tailMagic = [UInt8]("GAPLEND\n".utf8)
    /// The footer's bytes (8), its checksum (8), and the magic (8): the last bytes of the file.
    static let tailBytes = 24

    /// XXH3-64.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        XXH_INLINE_XXH3_64bits(bytes.baseAddress, bytes.count)
    }
}

extension [UInt8] {
    /// Appends a number, little-endian.
    mutating func append(number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension UnsafeRawPointer {
    /// The little-endian number at an offset, aligned or not.
    func number<N: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: N.Type = N.self) -> N {
        N(littleEndian: (self + offset).loadUnaligned(as: N.self))
    }
}

extension UnsafeMutableRawPointer {
    /// Stores a number, little-endian, aligned or not.
    func store(number: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
        (self + offset).storeBytes(of: number.littleEndian, as: type(of: number))
    }
}
