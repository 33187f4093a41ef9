/// A number's place in the order of all numbers, integers and doubles alike, exactly.
///
/// `high` maps the greatest double not above the number to an unsigned integer of the same order; `low` is what the
/// number exceeds that double by. `low` can be other than 0 only from 2^53 on, where doubles are more than 1 apart (and
/// at most 2,048 apart below 2^64). NaN is 0 and so before all; -0.0 is 0.0.
struct OrderedNumber: Hashable, Comparable {
    var high: UInt64
    var low: UInt16

    private static let signBit: UInt64 = 1 << 63
    /// 2^53: below it every integer is a double, and `low` is always 0.
    private static let exactBound = 9_007_199_254_740_992.0
    private static let intBound = 9_223_372_036_854_775_808.0  // 2^63
    private static let uintBound = 18_446_744_073_709_551_616.0  // 2^64

    /// Where `high` begins to need a `low` beside it, on the positive and (at or below) on the negative side.
    private static let wideFrom = exactBound.bitPattern | signBit
    private static let wideTo = ~(-exactBound).bitPattern

    /// A place by its parts.
    init(high: UInt64, low: UInt16) {
        self.high = high
        self.low = low
    }

    /// The place of a double.
    @inline(__always)
    init(_ number: Double) {
        self.init(high: number.isNaN ? 0 : Self.mapped(number == 0 ? 0 : number), low: 0)
    }

    /// The place of a whole number.
    @inline(__always)
    init(_ number: Int64) {
        let nearest = Double(number)
        if abs(nearest) < Self.exactBound {
            self.init(high: Self.mapped(nearest), low: 0)
        } else {
            self.init(wide: nearest >= Self.intBound || Int64(nearest) > number ? nearest.nextDown : nearest, number)
        }
    }

    /// The place of a whole number.
    init(_ number: UInt64) {
        if let small = Int64(exactly: number) {
            self.init(small)
            return
        }
        let nearest = Double(number)
        let floor = nearest >= Self.uintBound || UInt64(nearest) > number ? nearest.nextDown : nearest
        self.init(high: Self.mapped(floor), low: UInt16(number - UInt64(floor)))
    }

    private init(wide floor: Double, _ number: Int64) {
        self.init(high: Self.mapped(floor), low: UInt16(number - Int64(floor)))
    }

    /// The order of doubles as the order of unsigned integers.
    @inline(__always)
    private static func mapped(_ number: Double) -> UInt64 {
        let bits = number.bitPattern
        return bits & signBit == 0 ? bits | signBit : ~bits
    }

    /// True if numbers this far from zero are encoded with `low`.
    @inline(__always)
    var isWide: Bool { high >= Self.wideFrom || (high <= Self.wideTo && high != 0) }

    /// `high` of all numbers that are encoded without `low`, NaN aside.
    static let shortHighs = (wideTo + 1)...(wideFrom - 1)

    /// The earlier place first.
    static func < (a: OrderedNumber, b: OrderedNumber) -> Bool {
        a.high == b.high ? a.low < b.low : a.high < b.high
    }

    /// The number at this place, as an integer wherever one of 64 bits is equal to it; nil if no number is there.
    var value: Value? {
        guard high != 0 else { return low == 0 ? .double(.nan) : nil }
        let floor = Double(bitPattern: high & Self.signBit == 0 ? ~high : high & ~Self.signBit)
        guard !floor.isNaN, isWide || low == 0, floor.bitPattern != Self.signBit else { return nil }
        if let whole = Int64(exactly: floor) {
            let (sum, isOver) = whole.addingReportingOverflow(Int64(low))
            guard !isOver else { return nil }
            return OrderedNumber(sum) == self ? .int(sum) : nil
        }
        if let whole = UInt64(exactly: floor) {
            let (sum, isOver) = whole.addingReportingOverflow(UInt64(low))
            guard !isOver else { return nil }
            return OrderedNumber(sum) == self ? Value(sum) : nil
        }
        return low == 0 ? .double(floor) : nil
    }
}
