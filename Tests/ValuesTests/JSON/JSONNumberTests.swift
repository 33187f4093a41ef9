import Testing
import Values

/// Goal: numbers are exact or refused.
///
/// Method: corners, and decimal texts from a seed against the standard library's own reading.
@Suite struct JSONNumberTests {
    @Test("Integers are exact from -2^63 to 2^64-1")
    func integers() throws {
        for number in SeededGenerator.cornerInts { #expect(try representation("\(number)") == .int(number)) }
        for number in SeededGenerator.cornerUInts { #expect(try representation("\(number)") == .uint(number)) }
        #expect(try representation("-0") == .int(0))
    }

    @Test(
        "Integers beyond 64 bits and doubles beyond the largest are refused, with their place",
        arguments: [
            "18446744073709551616", "-9223372036854775809", "99999999999999999999", "100000000000000000000000", "1e309",
            "-1e400", "1.7976931348623159e308", "0.00001e99999999999999999999",
        ])
    func outOfRange(text: String) {
        do {
            let value = try Value(jsonText: "{\"a\": \(text)}")
            Issue.record("\(text) became \(value)")
        } catch {
            #expect(error.code == .numberOutOfRange)
            #expect(error.offset == 6)
        }
    }

    @Test("Doubles are the nearest to their text", arguments: Seeds.all)
    func doublesAreNearest(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let corners = [
            "9007199254740993.0", "9007199254740992.9999999999999999999", "2.2250738585072011e-308", "5e-324",
            "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623158e308", "0.1", "1e23", "1e22",
            "-0.0",
            "8.41e21", "9.5367431640625e-7", "1e-400", "-1e-400", "123456789012345678901234567890.0", "0e999",
            "0.0e-999",
        ]
        let random = (0..<4_000).map { _ in generator.decimal() }
        for text in corners + random {
            let nearest = try #require(Double(text))
            guard nearest.isFinite else { continue }
            guard case .double(let read) = try Value(jsonText: text) else {
                Issue.record("seed \(seed): \(text) is no double")
                continue
            }
            #expect(read.bitPattern == nearest.bitPattern, "seed \(seed): \(text)")
        }
    }

    @Test("The text of a double is the shortest that reads back, and never an integer's", arguments: Seeds.all)
    func shortestDoubles(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let random = (0..<4_000).map { _ in Double(bitPattern: generator.next()) }
        for number in SeededGenerator.cornerDoubles + random where number.isFinite {
            let text = Value.double(number).jsonText
            #expect(Double(text)?.bitPattern == number.bitPattern, "seed \(seed): \(text)")
            #expect(text.contains { ".e".contains($0) }, "seed \(seed): \(text)")
            #expect(Self.digits(text) <= Self.digits("\(number)"), "seed \(seed): \(text) against \(number)")
        }
    }

    /// The number of digits between the first and the last that are not zero.
    private static func digits(_ text: String) -> Int {
        let mantissa = text.prefix { $0 != "e" }.filter(\.isNumber)
        return String(mantissa.drop { $0 == "0" }.reversed()).drop { $0 == "0" }.count
    }

    /// Equality of values knows only one class of numbers; this tells the cases apart.
    private func representation(_ text: String) throws -> NumberCase? {
        switch try Value(jsonText: text) {
        case .int(let number): .int(number)
        case .uint(let number): .uint(number)
        case .double(let number): .double(number.bitPattern)
        default: nil
        }
    }

    private enum NumberCase: Equatable {
        case int(Int64), uint(UInt64), double(UInt64)
    }
}

extension SeededGenerator {
    /// A number as JSON writes them, with a fraction or an exponent.
    fileprivate mutating func decimal() -> String {
        let digits = (0..<(1 + below(chance(10) ? 40 : 19))).map { _ in "\(below(10))" }.joined()
        let whole = chance(2) ? "\(below(10))" : "\(1 + below(9))" + digits
        let sign = chance(2) ? "-" : ""
        return chance(2) ? "\(sign)\(whole).\(digits)" : "\(sign)\(whole).\(digits)e\(below(660) - 345)"
    }
}
