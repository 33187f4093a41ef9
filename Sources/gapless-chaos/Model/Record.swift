/// A record as the chaos writes it: its id and its JSON, in which every answer must show it.
struct Record: Hashable {
    let id: Int
    let text: String
    /// What indexes see of it.
    let extraction: Extraction

    /// Two records are the same when their texts are.
    static func == (left: Record, right: Record) -> Bool { left.text == right.text }

    func hash(into hasher: inout Hasher) { hasher.combine(text) }

    private static let cities = ["Oslo", "Bergen", "Roma", "Lima", "Kyoto", "Malmö", "Łódź"]

    /// A record with fields of every kind that an index meets: absent, null, numbers, texts, arrays, nested maps.
    init(id: Int, dice: inout Dice) throws {
        var parts = ["\"id\":\(id)"]
        switch dice.number(0...9) {
        case 0: break
        case 1: parts.append("\"n\":null")
        case 2: parts.append("\"n\":\"text\(dice.number(0...9))\"")
        default: parts.append("\"n\":\(dice.number(-50...949))")
        }
        switch dice.number(0...9) {
        case 0: break
        case 1: parts.append("\"tags\":[]")
        case 2: parts.append("\"tags\":\"t\(dice.number(0...9))\"")
        default:
            let tags = (0..<dice.number(1...4)).map { _ in
                dice.isOne(in: 9) ? "null" : "\"t\(dice.number(0...9))\""
            }
            parts.append("\"tags\":[\(tags.joined(separator: ","))]")
        }
        switch dice.number(0...9) {
        case 0: break
        case 1: parts.append("\"address\":\"nowhere\"")
        default: parts.append("\"address\":{\"city\":\"\(dice.pick(Record.cities))\",\"zip\":\(dice.number(0...99))}")
        }
        parts.append("\"version\":\(dice.number(0...1_000_000_000))")
        self.id = id
        text = "{" + parts.joined(separator: ",") + "}"
        extraction = try Extraction(text)
    }

    /// A line that the program printed; throws if it is no record of ours.
    init(line: Substring) throws {
        let digits = line.dropFirst(#"{"id":"#.count).prefix { $0.isNumber }
        guard line.hasPrefix(#"{"id":"#), let id = Int(digits) else { throw ChaosFailure("no record: \(line)") }
        self.id = id
        text = String(line)
        extraction = try Extraction(text)
    }
}
