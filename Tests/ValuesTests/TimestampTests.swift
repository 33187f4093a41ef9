import Testing
import Values

/// Goal: RFC 3339 in and out without loss.
///
/// Method: known texts, refused texts, generated instants.
struct TimestampTests {
    @Test(
        "known texts",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2026-01-31T00:00:00Z", 1_769_817_600, 0),
            ("1969-12-31T23:59:59.5Z", -1, 500_000_000), ("2000-02-29t12:34:56.000000001z", 951_827_696, 1),
            ("2026-01-31 01:30:00+01:30", 1_769_817_600, 0), ("2026-01-30T18:00:00-06:00", 1_769_817_600, 0),
            ("2016-12-31T23:59:60Z", 1_483_228_800, 0), ("0000-01-01T00:00:00Z", -62_167_219_200, 0),
            ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
            ("-0044-03-15T00:00:00Z", -63_549_360_000, 0), ("+292277026596-12-04T15:30:07Z", Int64.max, 0),
        ] as [(String, Int64, UInt32)])
    func known(text: String, seconds: Int64, nanoseconds: UInt32) {
        #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(
        "texts that are none",
        arguments: [
            "", "2026-01-31", "2026-01-31T00:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T00:60:00Z",
            "2026-01-31T00:00:61Z", "2026-01-31T00:00:00.Z", "2026-01-31T00:00:00.1234567890Z", "26-01-31T00:00:00Z",
            "2026-01-31T00:00:00+0100", "2026-01-31T00:00:00Z ", " 2026-01-31T00:00:00Z", "12026-01-31T00:00:00Z",
            "+292277026596-12-04T15:30:08Z", "+9999999999999-01-01T00:00:00Z", "2026-1-31T00:00:00Z",
            "２026-01-31T00:00:00Z",
        ])
    func refused(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test("printing: only the digits that are needed")
    func printing() {
        #expect(Timestamp(seconds: 0).rfc3339 == "1970-01-01T00:00:00Z")
        #expect(Timestamp(seconds: -1, nanoseconds: 120_000_000).rfc3339 == "1969-12-31T23:59:59.12Z")
        #expect(Timestamp(seconds: 1_769_817_600, nanoseconds: 1).rfc3339 == "2026-01-31T00:00:00.000000001Z")
        #expect(Timestamp(seconds: .max).rfc3339 == "+292277026596-12-04T15:30:07Z")
    }

    @Test("what is printed is read back", arguments: Seeds.all)
    func roundTrip(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let instant = generator.instant()
            #expect(Timestamp(rfc3339: instant.rfc3339) == instant)
        }
    }

    @Test("later days print later, over every day of 800 years")
    func everyDay() {
        var previous = ""
        for day in Int64(-146_097)...146_097 {
            let text = Timestamp(seconds: day * 86_400).rfc3339
            if text <= previous { Issue.record("\(text) after \(previous)") }
            previous = text
        }
    }
}
