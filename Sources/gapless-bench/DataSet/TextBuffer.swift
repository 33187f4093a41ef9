/// ASCII text in memory of a fixed size, appended without allocating; the caller keeps an eye on `room`.
struct TextBuffer: ~Copyable {
    private let start: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    deinit { start.deallocate() }

    /// Bytes that may still be appended.
    var room: Int { capacity - count }

    mutating func removeAll() { count = 0 }

    /// Calls `body` with the text; the pointer is valid only in the call.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        precondition(count < capacity, "a full text buffer")
        start[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        precondition(text.utf8CodeUnitCount <= room, "a full text buffer")
        (start + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    mutating func append(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(digits: number.magnitude)
    }

    /// The number in decimal, with zeros in front up to `width` digits.
    mutating func append(digits number: UInt64, width: Int = 1) {
        var digits = 1
        var rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        digits = max(digits, width)
        precondition(digits <= room, "a full text buffer")
        rest = number
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            let (tenth, digit) = rest.quotientAndRemainder(dividingBy: 10)
            start[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = tenth
        }
        count += digits
    }
}
