/// The names of tables and indexes: letters, digits, `_` and `-`, so that `people.email` splits in one way.
enum ObjectName {
    /// The most bytes of a name: names appear in keys of JSON, in metrics and in messages.
    static let bytesMax = 128

    /// Throws `BAD_NAME` unless `name` can name a table or an index.
    static func check(_ name: String, of kind: String) throws {
        guard !name.isEmpty else { throw GaplessError(.badName, "a \(kind) needs a name") }
        guard name.utf8.count <= bytesMax else {
            throw GaplessError(
                .badName, "the \(kind) name has \(name.utf8.count) bytes: at most \(bytesMax) are allowed")
        }
        guard name.unicodeScalars.allSatisfy(isAllowed) else {
            throw GaplessError(
                .badName, "\"\(name)\" cannot name a \(kind): use letters, digits, _ and -, as in people_by_city")
        }
    }

    /// A name from the texts of fields, joined with `_`, everything that is not allowed in names replaced by `_`.
    static func joined(_ fields: [String]) -> String {
        let text = fields.joined(separator: "_")
        var name = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            let next = isAllowed(scalar) ? scalar : "_" as Unicode.Scalar
            bytes += UTF8.width(next)
            guard bytes <= bytesMax else { break }
            name.append(next)
        }
        return String(name)
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
    }
}
