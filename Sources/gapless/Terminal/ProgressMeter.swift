/// How fast work goes and when it will be done: numbers in, text out, time as an input.
struct ProgressMeter {
    /// The rate is that of about so long: shorter is jumpy, longer is stale.
    static let rateSpan = Duration.seconds(5)

    /// What is counted: `records`.
    let unit: String
    /// How much there is in all, when known.
    private(set) var total: UInt64?
    private(set) var done: UInt64 = 0
    private let begin: Duration
    /// Samples of the last `rateSpan`, oldest first.
    private var samples: [(at: Duration, done: UInt64)]

    init(unit: String, total: UInt64? = nil, at now: Duration) {
        self.unit = unit
        self.total = total
        begin = now
        samples = [(now, 0)]
    }

    /// Notes how much is done; `total` may become known or change on the way.
    mutating func note(done: UInt64, total: UInt64? = nil, at now: Duration) {
        self.done = done
        if let total { self.total = total }
        samples.append((now, done))
        // One sample older than the span stays: the rate is over at least the span once there was one.
        while samples.count > 2, samples[1].at <= now - Self.rateSpan { samples.removeFirst() }
    }

    /// Units a second, lately; zero before anything can be said.
    var rate: Double {
        guard let first = samples.first, let last = samples.last, last.at > first.at else { return 0 }
        return Double(last.done - min(first.done, last.done)) / (last.at - first.at).inSeconds
    }

    /// Units a second, from the beginning to the last note.
    var meanRate: Double {
        guard let last = samples.last, last.at > begin else { return 0 }
        return Double(done) / (last.at - begin).inSeconds
    }

    /// How much of it is done, 0...1.
    var fraction: Double? {
        total.map { $0 == 0 ? 1 : min(1, Double(done) / Double($0)) }
    }

    /// The same in whole per cent, rounded down: 100 only when all is done.
    var percent: Int? {
        // A product such as 0.29 * 100 lies a hair below the whole number.
        fraction.map { $0 < 1 ? min(99, Int($0 * 100 + 1e-9)) : 100 }
    }

    /// The time that is left at the present rate.
    var remaining: Duration? {
        guard let total, rate > 0 else { return nil }
        return .seconds(Double(total - min(done, total)) / rate)
    }

    /// `1,234,567 records, 210,000/s`: in words, without a bar.
    var summary: String {
        var parts = [total.map { "\(done.grouped) of \($0.grouped) \(unit)" } ?? "\(done.grouped) \(unit)"]
        if let percent { parts[0] += " (\(percent)%)" }
        if rate > 0 { parts.append("\(UInt64(rate).grouped)/s") }
        if let remaining, done < total ?? 0 { parts.append("\(remaining.inWords) left") }
        return parts.joined(separator: ", ")
    }

    /// A line of exactly at most `width` characters: title, bar, count, rate, time left.
    func line(title: String, width: Int) -> String {
        guard let fraction, let percent else { return "\(title)  \(summary)".shortened(to: width) }
        var tail = " \(String(percent).leftPadded(to: 3))%  \(done.grouped) \(unit)"
        if rate > 0 { tail += "  \(UInt64(rate).grouped)/s" }
        if let remaining, done < total ?? 0 { tail += "  \(remaining.inWords) left" }
        let room = width - title.count - tail.count - 4
        guard room >= 8 else { return "\(title) \(tail)".shortened(to: width) }
        let cells = min(room, 30)
        let full = Int(fraction * Double(cells))
        let bar = String(repeating: "=", count: full) + String(repeating: " ", count: cells - full)
        return "\(title)  [\(bar)]\(tail)"
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// `8s`, `3m 20s`, `2h 05m`: what a person wants to know of a wait.
    var inWords: String {
        let seconds = Int64(inSeconds.rounded(.up))
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m \(String(seconds % 60).leftPadded(to: 2, with: "0"))s" }
        return "\(seconds / 3600)h \(String(seconds % 3600 / 60).leftPadded(to: 2, with: "0"))m"
    }
}
