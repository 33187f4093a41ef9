/// A parsed and checked JSON document, flat: the value of each place is found by its word's number.
///
/// A view of a parser's buffers, valid until the parser's next document. The layout is simdjson's: a word has the
/// letter of its kind in the top 8 bits; a container's word also says where the container ends; numbers stand in the
/// word after their letter; a string's word says where its unescaped UTF-8 lies, 4 bytes of length before it.
struct JSONTape {
    /// What stands at a word.
    enum Kind: UInt8 {
        case object = 0x7B  // {
        case array = 0x5B  // [
        case string = 0x22  // "
        case int = 0x6C  // l
        case uint = 0x75  // u
        case double = 0x64  // d
        case yes = 0x74  // t
        case no = 0x66  // f
        case null = 0x6E  // n
    }

    /// The word of the document's value.
    static let root = 1

    let words: UnsafePointer<UInt64>
    let strings: UnsafePointer<UInt8>

    @inline(__always)
    func kind(at word: Int) -> Kind {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: words[word] >> 56)) else {
            fatalError("word \(word) of a JSON tape is \(words[word])")
        }
        return kind
    }

    /// For a container: the word of its closing bracket.
    @inline(__always)
    func end(of word: Int) -> Int { Int(UInt32(truncatingIfNeeded: words[word])) - 1 }

    /// The word after the value at `word`.
    @inline(__always)
    func after(_ word: Int) -> Int {
        switch kind(at: word) {
        case .object, .array: end(of: word) + 1
        case .int, .uint, .double: word + 2
        case .string, .yes, .no, .null: word + 1
        }
    }

    @inline(__always)
    func int(at word: Int) -> Int64 { Int64(bitPattern: words[word + 1]) }

    @inline(__always)
    func uint(at word: Int) -> UInt64 { words[word + 1] }

    @inline(__always)
    func double(at word: Int) -> Double { Double(bitPattern: words[word + 1]) }

    /// The unescaped UTF-8 of a string.
    @inline(__always)
    func string(at word: Int) -> UnsafeRawBufferPointer {
        let start = UnsafeRawPointer(strings + Int(words[word] & 0x00FF_FFFF_FFFF_FFFF))
        let count = Int(start.loadUnaligned(as: UInt32.self))
        return UnsafeRawBufferPointer(start: start + MemoryLayout<UInt32>.size, count: count)
    }
}
