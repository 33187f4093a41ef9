/// A coding key of any name or place.
struct FieldName: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }

    static let superclass = FieldName(stringValue: "super")

    /// `address.city`; empty at the top.
    static func text(of path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
}
