extension Timestamp {
    private static let secondsPerDay: Int64 = 86_400

    /// Reads RFC 3339: `2026-01-31T00:00:00Z`, with up to nine digits of a second and any offset.
    ///
    /// A space may stand for the T, small letters for large ones. Second 60 is the first one of the next minute. Years
    /// beyond four digits take a sign: `+12026-…`, `-0044-…`. Nil for anything else, finer
    /// fractions than nanoseconds too.
    public init?(rfc3339 text: String) {
        guard let instant = text.utf8.withContiguous({ Timestamp(rfc3339: $0) }) else { return nil }
        self = instant
    }

    /// Reads RFC 3339 from UTF-8.
    init?(rfc3339 utf8: UnsafeRawBufferPointer) {
        var scanner = TimestampScanner(utf8)
        guard let instant = scanner.instant(), scanner.isAtEnd else { return nil }
        self = instant
    }

    /// The instant in UTC as RFC 3339, with as many digits of a second as it needs.
    public var rfc3339: String {
        let days = Self.floorDivided(seconds, Self.secondsPerDay)
        let second = (seconds % Self.secondsPerDay + Self.secondsPerDay) % Self.secondsPerDay
        let date = CivilDate(daysSinceEpoch: days)
        let clock = [second / 3_600, second / 60 % 60, second % 60].map { Self.padded($0, 2) }.joined(separator: ":")
        return "\(date)T\(clock)\(fraction)Z"
    }

    private var fraction: String {
        guard nanoseconds > 0 else { return "" }
        var digits = Self.padded(Int64(nanoseconds), 9)
        while digits.hasSuffix("0") { digits.removeLast() }
        return "." + digits
    }

    /// The instant of a date and a second of its day (which may lie beyond the day); nil if 64 bits cannot hold it.
    init?(_ date: CivilDate, second: Int64, nanoseconds: UInt32) {
        let exact = Int128(date.daysSinceEpoch) * Int128(Self.secondsPerDay) + Int128(second)
        guard let seconds = Int64(exactly: exact) else { return nil }
        self.init(seconds: seconds, nanoseconds: nanoseconds)
    }

    static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    static func floorDivided(_ number: Int64, _ divisor: Int64) -> Int64 {
        number / divisor - (number % divisor < 0 ? 1 : 0)
    }
}

extension Timestamp: CustomStringConvertible {
    /// The instant as RFC 3339.
    public var description: String { rfc3339 }
}

/// A day of the Gregorian calendar, extended to all years; year 0 is the one before year 1.
struct CivilDate: Hashable, CustomStringConvertible {
    var year: Int64
    var month: Int64
    var day: Int64

    private static let daysPerEra: Int64 = 146_097  // 400 years
    /// From 1 March of year 0 to 1970-01-01.
    private static let daysToEpoch: Int64 = 719_468
    private static let monthLengths: [Int64] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    /// A date that exists; nil otherwise.
    init?(year: Int64, month: Int64, day: Int64) {
        guard 1...12 ~= month, day >= 1 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        guard day <= Self.monthLengths[Int(month - 1)] + (month == 2 && isLeap ? 1 : 0) else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The date so many days after 1970-01-01.
    ///
    /// Years are counted from March, so that leap days come last.
    init(daysSinceEpoch days: Int64) {
        let shifted = days + Self.daysToEpoch
        let era = Timestamp.floorDivided(shifted, Self.daysPerEra)
        let dayOfEra = shifted - era * Self.daysPerEra
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// How many days lie between 1970-01-01 and this date.
    var daysSinceEpoch: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = Timestamp.floorDivided(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.daysPerEra + dayOfEra - Self.daysToEpoch
    }

    /// `2026-01-31`; years outside 0...9999 with their sign.
    var description: String {
        let sign = year < 0 ? "-" : year > 9_999 ? "+" : ""
        return "\(sign)\(Timestamp.padded(abs(year), 4))-\(Timestamp.padded(month, 2))-\(Timestamp.padded(day, 2))"
    }
}

/// Reads the parts of an RFC 3339 text from left to right.
private struct TimestampScanner {
    private let text: UnsafeRawBufferPointer
    private var index = 0

    /// More digits than any year has whose seconds 64 bits can hold.
    private static let yearDigitsMax = 12
    private static let fractionDigitsMax = 9

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    var isAtEnd: Bool { index == text.count }

    mutating func instant() -> Timestamp? {
        guard let date = date(), take("T") || take("t") || take(" "), let second = clock() else { return nil }
        guard let nanoseconds = fraction(), let offset = offset() else { return nil }
        return Timestamp(date, second: second - offset, nanoseconds: nanoseconds)
    }

    private mutating func date() -> CivilDate? {
        let isNegative = take("-")
        let isSigned = isNegative || take("+")
        guard let year = digits(4...(isSigned ? Self.yearDigitsMax : 4)), take("-") else { return nil }
        guard let month = digits(2...2), take("-"), let day = digits(2...2) else { return nil }
        return CivilDate(year: isNegative ? -year : year, month: month, day: day)
    }

    /// The second of the day.
    private mutating func clock() -> Int64? {
        guard let hour = digits(2...2), hour < 24, take(":") else { return nil }
        guard let minute = digits(2...2), minute < 60, take(":") else { return nil }
        guard let second = digits(2...2), second <= 60 else { return nil }
        return hour * 3_600 + minute * 60 + second
    }

    private mutating func fraction() -> UInt32? {
        guard take(".") else { return 0 }
        let start = index
        guard var number = digits(1...Self.fractionDigitsMax) else { return nil }
        for _ in (index - start)..<Self.fractionDigitsMax { number *= 10 }
        return UInt32(number)
    }

    /// How many seconds the local time is ahead of UTC.
    private mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let isBehind = take("-")
        guard isBehind || take("+") else { return nil }
        guard let hour = digits(2...2), hour < 24, take(":") else { return nil }
        guard let minute = digits(2...2), minute < 60 else { return nil }
        let seconds = hour * 3_600 + minute * 60
        return isBehind ? -seconds : seconds
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    /// A number of so many digits; nil if there are fewer.
    private mutating func digits(_ width: ClosedRange<Int>) -> Int64? {
        var number: Int64 = 0
        var count = 0
        while index < text.count, count < width.upperBound, 0x30...0x39 ~= text[index] {
            number = number * 10 + Int64(text[index] - 0x30)
            index += 1
            count += 1
        }
        return count >= width.lowerBound ? number : nil
    }
}
