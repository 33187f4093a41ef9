import Foundation

/// A value as an index sees it.
enum Scalar: Hashable {
    case null
    case number(Double)
    case text(String)
}

/// What a record's JSON holds for a field, worked out here from INTERFACE section 3 and by nothing of Gapless's.
struct Extraction {
    private let values: [String: Set<Scalar>]

    /// Reads a record's JSON; throws if it is none.
    init(_ text: String) throws {
        guard let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            throw ChaosFailure("not an object: \(text)")
        }
        let paths = Set(IndexChoice.allCases.flatMap(\.paths))
        values = Dictionary(uniqueKeysWithValues: paths.map { ($0, Extraction.values(of: $0, in: object)) })
    }

    /// The distinct values for `a` or `a.b`: a scalar itself, of an array its scalar elements, else none.
    func values(of path: String) -> Set<Scalar> { values[path] ?? [] }

    private static func values(of path: String, in object: [String: Any]) -> Set<Scalar> {
        var found: Any? = object
        for name in path.split(separator: ".") { found = (found as? [String: Any])?[String(name)] }
        if let list = found as? [Any] { return Set(list.compactMap(Extraction.scalar)) }
        return Set([found.flatMap(Extraction.scalar)].compactMap(\.self))
    }

    private static func scalar(_ value: Any) -> Scalar? {
        switch value {
        case is NSNull: .null
        case let text as String: .text(text)
        case let number as NSNumber: .number(number.doubleValue)
        default: nil
        }
    }

    /// The entries of an index over these paths: the product of their values.
    func entries(of paths: [String]) -> Int { paths.reduce(1) { $0 * values(of: $1).count } }
}
