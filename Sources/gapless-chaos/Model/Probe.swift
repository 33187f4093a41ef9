/// A query, the index that serves it, and which records answer it.
struct Probe {
    let text: String
    let index: IndexChoice
    let matches: (Extraction) -> Bool
}

/// An index that a round may declare.
enum IndexChoice: String, CaseIterable {
    case number = "n"
    case tags = "tags"
    case city = "address.city"
    case cityAndNumber = "address.city,n"

    var paths: [String] { rawValue.split(separator: ",").map(String.init) }
    var name: String { rawValue.map { $0 == "." || $0 == "," ? "_" : $0 }.map(String.init).joined() }
    var fullName: String { "t.\(name)" }

    /// Queries that between them ask for every entry of the index.
    var probes: [Probe] {
        switch self {
        case .number:
            stride(from: -50, to: 950, by: 250).map { low in
                probe("n >= \(low) AND n < \(low + 250)") { Probe.isNumber($0, "n", low..<low + 250) }
            } + [
                probe("n IS NULL") { $0.values(of: "n").contains(.null) },
                probe("n STARTS WITH 'text'") {
                    $0.values(of: "n").contains { if case .text = $0 { true } else { false } }
                },
            ]
        case .tags:
            (0...9).map { tag in
                probe("tags = 't\(tag)'") { $0.values(of: "tags").contains(.text("t\(tag)")) }
            }
        case .city:
            Probe.cities.map { city in
                probe("address.city = '\(city)'") { $0.values(of: "address.city").contains(.text(city)) }
            }
        case .cityAndNumber:
            Probe.cities.map { city in
                probe("address.city = '\(city)' AND n >= -50") {
                    $0.values(of: "address.city").contains(.text(city)) && Probe.isNumber($0, "n", -50..<1_000)
                }
            }
        }
    }

    private func probe(_ text: String, _ matches: @escaping (Extraction) -> Bool) -> Probe {
        Probe(text: text, index: self, matches: matches)
    }
}

extension Probe {
    fileprivate static let cities = ["Oslo", "Bergen", "Roma", "Lima", "Kyoto", "Malmö", "Łódź"]

    fileprivate static func isNumber(_ record: Extraction, _ path: String, _ range: Range<Int>) -> Bool {
        record.values(of: path).contains { value in
            guard case .number(let number) = value else { return false }
            return number >= Double(range.lowerBound) && number < Double(range.upperBound)
        }
    }
}
