/// Makes the entries of all indexes of a table from one record's bytes, in one pass and without decoding the record.
///
/// A scalar gives one entry, an array one for each distinct scalar element, a null one if the rule indexes nulls;
/// an absent field, a map and an empty array give none. Several fields give the cartesian product, at most
/// `ValueLimits.compositeEntriesMax` a record. A record whose value is well-formed but no map has no fields and so
/// gives no entries. For each rule the entries come in ascending order and none comes twice.
///
/// Immutable, and usable from any thread; each thread brings a `Scratch` of its own.
public struct EntryExtractor: Sendable {
    /// Raised whenever the same record would give other entries than before.
    public static let version: UInt32 = 1

    /// A rule with its fields as ordinals of the wanted ones.
    private struct Plan: Sendable {
        let fields: [Int]
        /// The field of a rule that has one only.
        let onlyField: Int?
        let indexesNulls: Bool
        let isUnique: Bool

        init(_ rule: IndexRule, of wanted: WantedFields) {
            fields = rule.fields.compactMap(wanted.ordinal)
            onlyField = fields.count == 1 ? fields[0] : nil
            indexesNulls = rule.indexesNulls
            isUnique = rule.isUnique
        }
    }

    /// The rules, in the order in which `extract` numbers them.
    public let rules: [IndexRule]
    /// How the values of the records are stored.
    public let format: ValueFormat
    /// What JSON cannot say about the fields.
    public let schema: Schema
    /// The keys of another program's records, which are fields of the records too; nil for records of our own.
    public let rawKeys: RawKeys?

    private let wanted: WantedFields
    private let plans: [Plan]
    private let hasUnique: Bool

    /// An extractor for these rules, each of at least one field.
    ///
    /// The schema matters for JSON only.
    public init(rules: [IndexRule], format: ValueFormat, schema: Schema, rawKeys: RawKeys? = nil) {
        precondition(rules.allSatisfy { !$0.fields.isEmpty }, "a rule without fields")
        let wanted = WantedFields(rules.flatMap(\.fields), schema: schema)
        self.rules = rules
        self.format = format
        self.schema = schema
        self.rawKeys = rawKeys
        self.wanted = wanted
        plans = rules.map { Plan($0, of: wanted) }
        hasUnique = rules.contains(where: \.isUnique)
    }

    /// Calls `emit` with each entry of the record and the number of its rule.
    ///
    /// All or nothing: everything that can make the record bad is checked before the first call. Throws `RecordError`
    /// for a bad record, then without having called `emit`, and what `emit` throws.
    public func extract(
        primaryKey: RawSpan, value: RawSpan, into scratch: inout Scratch,
        _ emit: (_ rule: Int, _ entry: RawSpan) throws -> Void
    ) throws {
        try collect(primaryKey, value, into: &scratch)
        try emitCollected(from: &scratch, emit)
    }

    /// Finds everything that can make the record bad, and leaves the components of its fields in the scratch.
    @inline(__always)
    func collect(_ primaryKey: RawSpan, _ value: RawSpan, into scratch: inout Scratch) throws(RecordError) {
        primaryKey.withUnsafeBytes { scratch.components.begin(primaryKey: $0, fields: wanted.paths.count) }
        if let rawKeys {
            try locate(primaryKey, value, rawKeys, into: &scratch)
        } else {
            try value.reading { (bytes) throws(RecordError) in try locate(in: bytes, into: &scratch) }
        }
        scratch.components.finish()
        for rule in plans.indices where plans[rule].fields.count > 1 { try checkEntryCount(rule, scratch) }
        if hasUnique { for rule in plans.indices where plans[rule].isUnique { try checkKeyLength(rule, scratch) } }
    }

    /// Puts the entries together from the components in the scratch.
    @inline(__always)
    func emitCollected(
        from scratch: inout Scratch, _ emit: (_ rule: Int, _ entry: RawSpan) throws -> Void
    ) throws {
        for rule in plans.indices {
            if let field = plans[rule].onlyField {
                try emitSingle(rule, field, withNulls: plans[rule].indexesNulls, &scratch, emit)
            } else {
                try emitComposite(rule, plans[rule], &scratch, emit)
            }
        }
    }

    /// Collects them from the whole record, of which the key is a field. Places in errors are those in the value.
    @inline(never)
    private func locate(
        _ primaryKey: RawSpan, _ value: RawSpan, _ rawKeys: RawKeys, into scratch: inout Scratch
    ) throws(RecordError) {
        scratch.whole.removeAll()
        let start = try primaryKey.reading { (key) throws(RecordError) in
            try value.reading { (value) throws(RecordError) in
                try rawKeys.appendRecord(key, value, format, to: &scratch.whole)
            }
        }
        let ahead = scratch.whole.count - (value.byteCount - start)
        do throws(RecordError) {
            try locate(in: scratch.whole.contents, into: &scratch)
        } catch {
            var error = error
            error.offset = error.offset.flatMap { $0 < ahead ? nil : $0 - ahead + start }
            throw error
        }
    }

    /// Collects the components of all wanted fields.
    @inline(__always)
    private func locate(in record: UnsafeRawBufferPointer, into scratch: inout Scratch) throws(RecordError) {
        switch format {
        case .messagePack:
            do throws(MessagePackFault) {
                try wanted.withView { (view) throws(MessagePackFault) in
                    try scratch.messagePack.locate(view, in: record, into: &scratch.components)
                }
            } catch {
                throw error.error(naming: wanted.paths)
            }
        case .json:
            try wanted.withView { (view) throws(RecordError) in
                try scratch.json.locate(view, in: record, into: &scratch.components)
            }
        }
    }

    /// One field: one entry for each component.
    @inline(__always)
    private func emitSingle(
        _ rule: Int, _ field: Int, withNulls: Bool, _ scratch: inout Scratch,
        _ emit: (Int, RawSpan) throws -> Void
    ) throws {
        let stretch = scratch.components.stretch(of: field, withNulls: withNulls)
        scratch.entry.beginRule()
        for index in stretch.first..<(stretch.first + stretch.count) {
            let component = scratch.components.component(index)
            if component.count <= EntryLayout.indexKeyBytesMax {
                try emit(rule, RawSpan(_unsafeBytes: scratch.components.componentAndKeyPart(index)))
                continue
            }
            scratch.entry.beginKey()
            scratch.entry.appendComponent(component)
            try scratch.entry.emit(rule, primaryKeyPart: scratch.components.primaryKeyPart, emit)
        }
    }

    /// Several fields: one entry for each way to take one component of each.
    private func emitComposite(
        _ rule: Int, _ plan: Plan, _ scratch: inout Scratch, _ emit: (Int, RawSpan) throws -> Void
    ) throws {
        for field in plan.fields {
            if scratch.components.stretch(of: field, withNulls: plan.indexesNulls).count == 0 { return }
        }
        scratch.odometer.removeAll()
        scratch.odometer.resize(to: plan.fields.count, filling: 0)
        scratch.entry.beginRule()
        repeat {
            scratch.entry.beginKey()
            for place in plan.fields.indices {
                let stretch = scratch.components.stretch(of: plan.fields[place], withNulls: plan.indexesNulls)
                scratch.entry.appendComponent(scratch.components.component(stretch.first + scratch.odometer[place]))
            }
            try scratch.entry.emit(rule, primaryKeyPart: scratch.components.primaryKeyPart, emit)
        } while advance(plan, &scratch)
    }

    /// Refuses a cartesian product that is too large.
    private func checkEntryCount(_ rule: Int, _ scratch: borrowing Scratch) throws(RecordError) {
        let plan = plans[rule]
        var product = 1
        for field in plan.fields {
            let count = scratch.components.stretch(of: field, withNulls: plan.indexesNulls).count
            if count == 0 { return }
            let (larger, isOver) = product.multipliedReportingOverflow(by: count)
            product = isOver ? .max : larger
        }
        let limit = ValueLimits.compositeEntriesMax
        guard product > limit else { return }
        let names = rules[rule].fields.map(\.text).joined(separator: ",")
        throw RecordError(.tooManyEntries, "more than \(limit) entries for one record", rule: rule, field: names)
    }

    /// Refuses a key that a unique index could hold only in part.
    private func checkKeyLength(_ rule: Int, _ scratch: borrowing Scratch) throws(RecordError) {
        let plan = plans[rule]
        var longest = 0
        for field in plan.fields {
            let stretch = scratch.components.stretch(of: field, withNulls: plan.indexesNulls)
            if stretch.count == 0 { return }
            var component = 0
            for index in stretch.first..<(stretch.first + stretch.count) {
                component = max(component, scratch.components.component(index).count)
            }
            longest += component
        }
        let limit = EntryLayout.indexKeyBytesMax
        guard longest > limit else { return }
        let names = rules[rule].fields.map(\.text).joined(separator: ",")
        throw RecordError(
            .keyTooLong, "a key of \(longest) encoded bytes; a unique index holds at most \(limit)", rule: rule,
            field: names)
    }

    /// Turns to the next combination, the last field fastest; false after the last one.
    private func advance(_ plan: Plan, _ scratch: inout Scratch) -> Bool {
        for place in plan.fields.indices.reversed() {
            let stretch = scratch.components.stretch(of: plan.fields[place], withNulls: plan.indexesNulls)
            scratch.odometer[place] += 1
            if scratch.odometer[place] < stretch.count { return true }
            scratch.odometer[place] = 0
        }
        return false
    }
}
