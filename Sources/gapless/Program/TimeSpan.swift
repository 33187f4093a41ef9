import ArgumentParser

/// A length of time as people write it: `10s`, `500ms`, `2m`, `1h`; a bare number is seconds.
struct TimeSpan: ExpressibleByArgument, Hashable {
    let milliseconds: Int64

    /// The longest that can be asked for: a week.
    private static let millisecondsMax = 7.0 * 24 * 3_600 * 1_000

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    init?(argument: String) {
        let units: [(suffix: String, milliseconds: Double)] = [
            ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("", 1_000),
        ]
        guard let unit = units.first(where: { argument.hasSuffix($0.suffix) }) else { return nil }
        guard let number = Double(argument.dropLast(unit.suffix.count)), number.isFinite, number >= 0 else {
            return nil
        }
        let milliseconds = number * unit.milliseconds
        guard milliseconds <= TimeSpan.millisecondsMax else { return nil }
        self.milliseconds = Int64(milliseconds)
    }

    var seconds: Double { Double(milliseconds) / 1_000 }

    /// The grace period of a graceful stop: the flag, else the setting, else ten seconds.
    static func grace(_ flag: TimeSpan?) throws -> TimeSpan {
        try Setting.value(flag: flag, variable: "GAPLESS_GRACE") ?? usualGrace
    }

    private static let usualGrace = TimeSpan(milliseconds: 10_000)

    /// The same once it has been checked, at the start and at each reading of the settings.
    static func checkedGrace(_ flag: TimeSpan?) -> TimeSpan {
        // If it were wrong all the same, a stop would still be bounded.
        (try? grace(flag)) ?? usualGrace
    }
}
