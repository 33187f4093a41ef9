extension EntryExtractor {
    /// Does for each rule alone what `extract` does for all: the way on after `extract` refused a record.
    ///
    /// A field that is bad makes the record bad for the rules over it and not for the others. For each rule either
    /// `emit` is called with its entries, or `refuse` once with what is wrong; never both. Slow: each rule walks the
    /// record again. Throws what `emit` and `refuse` throw.
    public func extractRuleByRule(
        primaryKey: RawSpan, value: RawSpan, into scratch: inout Scratch,
        _ emit: (_ rule: Int, _ entry: RawSpan) throws -> Void,
        refuse: (_ rule: Int, _ error: RecordError) throws -> Void
    ) throws {
        for rule in rules.indices {
            let alone = EntryExtractor(rules: [rules[rule]], format: format, schema: schema, rawKeys: rawKeys)
            do throws(RecordError) {
                try alone.collect(primaryKey, value, into: &scratch)
            } catch {
                var refusal = error
                refusal.rule = rule
                try refuse(rule, refusal)
                continue
            }
            try alone.emitCollected(from: &scratch) { _, entry in try emit(rule, entry) }
        }
    }
}
