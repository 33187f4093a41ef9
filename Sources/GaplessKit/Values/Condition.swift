internal import Tables
internal import Values

/// What records a query wants, in the language of queries.
///
///     let city = "Oslo"
///     let condition: Condition = "address.city = \(city) AND age >= \(30)"
///
/// What is put in with `\()` is always one literal, whatever it contains: a text cannot break out of its quotes.
public struct Condition: Hashable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The condition in the language of queries.
    public let text: String
    /// What was put in and cannot be a literal.
    let fault: String?

    /// A condition that somebody else wrote, such as the user of a search field that takes conditions.
    public init(text: String) {
        self.text = text
        fault = nil
    }

    /// A condition as it stands.
    public init(stringLiteral value: String) { self.init(text: value) }

    /// A condition with values put in.
    public init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        fault = stringInterpolation.fault
    }

    /// The text.
    public var description: String { text }

    /// Collects the pieces of a condition.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var fault: String?

        /// Room for the pieces.
        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 8 * interpolationCount)
        }

        /// Language, as it stands.
        public mutating func appendLiteral(_ literal: String) { text += literal }

        /// A value, as its literal.
        public mutating func appendInterpolation(_ value: some ValueConvertible) { text += literal(value.gaplessValue) }

        /// Values for `IN`, in parentheses.
        public mutating func appendInterpolation(_ values: [some ValueConvertible]) {
            text += "(" + values.map { literal($0.gaplessValue) }.joined(separator: ", ") + ")"
        }

        /// Another condition, in parentheses.
        public mutating func appendInterpolation(_ condition: Condition) {
            text += "(\(condition.text))"
            fault = fault ?? condition.fault
        }

        /// The name of a field, a dot between the steps into nested ones.
        public mutating func appendInterpolation(field: String) {
            do { text += try FieldPath(field).queryText } catch { fault = fault ?? "\(error)" }
        }

        private mutating func literal(_ value: Value) -> String {
            do {
                let stored = try value.stored
                guard stored.isScalar else { throw DatabaseError(.badQuery, "") }
                return stored.queryText
            } catch {
                fault = fault ?? "arrays, maps and opaque values have no literal: compare a field with single values"
                return "null"
            }
        }
    }
}
