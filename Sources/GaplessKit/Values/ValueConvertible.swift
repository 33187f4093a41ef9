public import FoundationEssentials

/// What can stand for a value: as a primary key, and put into a ``Condition``.
public protocol ValueConvertible {
    /// The value that it stands for.
    var gaplessValue: Value { get }
}

extension Value: ValueConvertible {
    /// Itself.
    public var gaplessValue: Value { self }
}

extension ValueConvertible where Self: FixedWidthInteger {
    /// The number.
    public var gaplessValue: Value {
        if let number = Int64(exactly: self) { return .int(number) }
        return UInt64(exactly: self).map(Value.uint) ?? .double(Double(self))
    }
}

extension Int: ValueConvertible {}
extension Int8: ValueConvertible {}
extension Int16: ValueConvertible {}
extension Int32: ValueConvertible {}
extension Int64: ValueConvertible {}
extension UInt: ValueConvertible {}
extension UInt8: ValueConvertible {}
extension UInt16: ValueConvertible {}
extension UInt32: ValueConvertible {}
extension UInt64: ValueConvertible {}

extension Bool: ValueConvertible {
    /// False or true.
    public var gaplessValue: Value { .bool(self) }
}

extension Double: ValueConvertible {
    /// The number.
    public var gaplessValue: Value { .double(self) }
}

extension String: ValueConvertible {
    /// The text.
    public var gaplessValue: Value { .string(self) }
}

extension Date: ValueConvertible {
    /// The instant, to the microsecond: a `Date` of our days is not more exact.
    public var gaplessValue: Value {
        let total = (timeIntervalSince1970 * 1_000_000).rounded()
        let seconds = (total / 1_000_000).rounded(.down)
        return .timestamp(seconds: Int64(seconds), nanoseconds: UInt32(total - seconds * 1_000_000) * 1_000)
    }

    init(seconds: Int64, nanoseconds: UInt32) {
        self.init(timeIntervalSince1970: Double(seconds) + Double(nanoseconds) / 1_000_000_000)
    }
}
