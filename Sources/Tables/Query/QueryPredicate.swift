public import Values

/// What a record must satisfy to be in the answer of a query.
///
/// A field *holds values*: an absent field holds none; an array holds its elements, so `[]` holds none; anything else
/// holds itself. A test on a field matches when one of the values that it holds matches; only `isMissing` asks about
/// the field itself. `not` is the complement: it also finds the records whose field is absent.
public indirect enum QueryPredicate: Hashable, Sendable {
    /// Every one of them (none: every record).
    case all([QueryPredicate])
    /// At least one of them (none: no record).
    case any([QueryPredicate])
    /// The complement.
    case not(QueryPredicate)
    /// A test of the values that one field holds.
    case field(FieldPath, Test)

    /// One test of a field.
    public enum Test: Hashable, Sendable {
        /// Values of the literal's class for which the comparison holds; `.notEqual`: every value of any class but
        /// this.
        case compare(Comparison, Value)
        /// One value within both bounds, which are included and of one class, else nothing matches.
        case between(Value, Value)
        /// A value equal to one of these.
        case isIn([Value])
        /// Text by its UTF-8 bytes or a bytes value, with a pattern of the same class.
        case pattern(PatternKind, Value)
        /// Null, or an array with a null element.
        case isNull
        /// Some value that is not null; a map or an inner array is such a value.
        case isNotNull
        /// The field is absent.
        case isMissing
        /// The field is present, whatever it is.
        case isPresent
    }

    /// An operator between a field and a literal.
    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    /// Where a pattern must stand within the value.
    public enum PatternKind: String, Hashable, Sendable, CaseIterable {
        case startsWith = "STARTS WITH"
        case endsWith = "ENDS WITH"
        case contains = "CONTAINS"
    }
}

extension QueryPredicate {
    /// The same predicate with `not` only directly around field tests, and without nested `all` in `all` or `any` in
    /// `any`.
    ///
    /// A negated field test stays negated: no test is the complement of another one, since a field may hold several
    /// values, or none.
    public var normalized: QueryPredicate { normalized(isNegated: false) }

    /// Whether some test is about this field.
    func mentions(_ path: FieldPath) -> Bool {
        switch self {
        case .all(let parts), .any(let parts): parts.contains { $0.mentions(path) }
        case .not(let inner): inner.mentions(path)
        case .field(let field, _): field == path
        }
    }

    private func normalized(isNegated: Bool) -> QueryPredicate {
        switch self {
        case .not(let inner): return inner.normalized(isNegated: !isNegated)
        case .field(let path, .isMissing): return .field(path, isNegated ? .isPresent : .isMissing)
        case .field(let path, .isPresent): return .field(path, isNegated ? .isMissing : .isPresent)
        case .field: return isNegated ? .not(self) : self
        case .all(let parts), .any(let parts):
            var isAll = if case .all = self { true } else { false }
            if isNegated { isAll.toggle() }
            return Self.flattened(parts.map { $0.normalized(isNegated: isNegated) }, isAll: isAll)
        }
    }

    private static func flattened(_ parts: [QueryPredicate], isAll: Bool) -> QueryPredicate {
        var flat: [QueryPredicate] = []
        for part in parts {
            switch part {
            case .all(let inner) where isAll: flat += inner
            case .any(let inner) where !isAll: flat += inner
            default: flat.append(part)
            }
        }
        if flat.count == 1 { return flat[0] }
        return isAll ? .all(flat) : .any(flat)
    }
}
