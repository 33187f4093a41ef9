/// Writes metrics in the text format of Prometheus (version 0.0.4).
struct Exposition {
    /// What kind of number a metric is.
    enum Kind: String {
        /// Goes up and down.
        case gauge
        /// Only goes up, from 0 at the start of this process.
        case counter
    }

    typealias Label = (name: String, value: String)

    private(set) var text = ""

    /// All samples of one metric, which stand together; nothing if there are none.
    mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [Label], value: Double)]
    ) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(Exposition.escape(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.name)=\"\(Exposition.escape($0.value, quotes: true))\"" }
            let list = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
            text += "\(name)\(list) \(Exposition.number(sample.value))\n"
        }
    }

    /// A metric with one sample.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        add(name, kind, help, [(labels: [], value: value)])
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Whole numbers without a point, as far as a double holds them exactly.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value.rounded() == value && value.magnitude < 0x1p53 ? "\(Int64(value))" : "\(value)"
    }
}
