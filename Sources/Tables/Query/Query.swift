public import Values

/// What to read from a table: which records, in which order, how many, which fields of them.
public struct Query: Hashable, Sendable {
    /// Which field sorts the answer.
    ///
    /// Records sort by the smallest value that the field holds (descending: by the largest); equal ones by primary key,
    /// ascending in both directions. Records without a scalar in that field come last in both directions.
    public struct Order: Hashable, Sendable {
        /// The field.
        public var field: FieldPath
        /// Whether large values come first.
        public var isDescending: Bool

        /// An order by one field.
        public init(_ field: FieldPath, isDescending: Bool = false) {
            self.field = field
            self.isDescending = isDescending
        }
    }

    /// What records must satisfy, normalized; nil for all records.
    public let predicate: QueryPredicate?
    /// Without an order, records come as the plan finds them: by primary key where the table is read, else by index.
    public var order: Order?
    /// The most records in the answer; nil for all.
    public var limit: Int?
    /// How many records are passed over before the first of the answer.
    public var offset: Int
    /// The fields that each record is cut down to; empty for whole records.
    public var select: [FieldPath]
    /// Whether every record may be read when no index serves.
    public var allowScan: Bool

    /// A query by a predicate.
    ///
    /// Throws `BAD_QUERY` for arrays and maps as literals, patterns that are neither text nor bytes, predicates nested
    /// deeper than the language allows, and a negative limit or offset.
    public init(
        _ predicate: QueryPredicate?, order: Order? = nil, limit: Int? = nil, offset: Int = 0, select: [FieldPath] = [],
        allowScan: Bool = false
    ) throws {
        try predicate?.check()
        if let limit, limit < 0 { throw GaplessError(.badQuery, "the limit \(limit) is below 0") }
        if offset < 0 { throw GaplessError(.badQuery, "the offset \(offset) is below 0") }
        let normalized = predicate?.normalized
        self.predicate = normalized == .all([]) ? nil : normalized
        self.order = order
        self.limit = limit
        self.offset = offset
        self.select = select
        self.allowScan = allowScan
    }

    /// A query by texts, as a user writes them.
    ///
    /// - Parameters:
    ///   - text: what stands after WHERE; nil or blank for all records.
    ///   - orderBy: a field, and `asc` or `desc` after it.
    /// Throws `BAD_QUERY`, which shows the place and what was expected there.
    public init(
        where text: String?, orderBy: String? = nil, limit: Int? = nil, offset: Int = 0, select: [String] = [],
        allowScan: Bool = false
    ) throws {
        do {
            let isBlank = text?.allSatisfy(\.isWhitespace) ?? true
            try self.init(
                try isBlank ? nil : text.map(QueryParser.predicate(of:)),
                order: try orderBy.map(QueryParser.order(of:)), limit: limit, offset: offset,
                select: try select.map(QueryParser.field(of:)), allowScan: allowScan)
        } catch let error as QuerySyntaxError {
            throw GaplessError(.badQuery, error.description)
        }
    }
}

extension QueryPredicate {
    /// Throws `BAD_QUERY` for what the language cannot say.
    fileprivate func check(depth: Int = 0) throws(GaplessError) {
        // `not` and parentheses count in the language; a list inside one of the other kind needs parentheses.
        guard depth <= 2 * QueryParser.depthMax else {
            throw GaplessError(.badQuery, "the predicate is nested too deep: at most \(QueryParser.depthMax) levels")
        }
        switch self {
        case .all(let parts), .any(let parts): for part in parts { try part.check(depth: depth + 1) }
        case .not(let inner): try inner.check(depth: depth + 1)
        case .field(_, let test): try test.check()
        }
    }
}

extension QueryPredicate.Test {
    fileprivate func check() throws(GaplessError) {
        switch self {
        case .compare(_, let value): try Self.check([value])
        case .between(let low, let high): try Self.check([low, high])
        case .isIn(let values): try Self.check(values)
        case .pattern(let kind, let value):
            guard ValueClass(value) == .string || ValueClass(value) == .bytes else {
                throw GaplessError(.badQuery, "\(kind.rawValue) needs text or bytes, not \(value.queryText)")
            }
        case .isNull, .isNotNull, .isMissing, .isPresent: break
        }
    }

    private static func check(_ values: [Value]) throws(GaplessError) {
        guard values.allSatisfy(\.isScalar) else {
            throw GaplessError(
                .badQuery, "a field cannot be compared with an array or a map: compare with its elements")
        }
    }
}
