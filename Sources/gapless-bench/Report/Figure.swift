/// Numbers as people read them.
enum Figure {
    /// `5,000,000`.
    static func grouped(_ number: Double) -> String {
        let digits = Array(String(Int64(number.magnitude.rounded())))
        var text = number < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }

    static func grouped(_ number: UInt64) -> String { grouped(Double(number)) }

    /// With so many decimals: `1.50`.
    static func decimal(_ number: Double, places: Int) -> String {
        guard number.isFinite else { return "-" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (number.magnitude * scale).rounded()
        let whole = (scaled / scale).rounded(.down)
        let rest = String(Int64(scaled - whole * scale))
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + grouped(whole) }
        return sign + grouped(whole) + "." + String(repeating: "0", count: max(places - rest.count, 0)) + rest
    }
}
