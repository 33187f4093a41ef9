/// What the table may hold: for each id what was acknowledged last, or, while nobody can know, all that it may be.
///
/// Only one writer at a time changes an id, so an acknowledged write settles it. A write whose process was killed or
/// failed in a way that leaves its outcome open keeps both possibilities until the next one.
final class Model {
    /// The possible values of each id; nil stands for absence. An id without a row is absent for certain.
    private(set) var possible: [Int: Set<Record?>] = [:]
    /// Queries under way, which are told of every change.
    private var watchers: [ObjectIdentifier: Watch] = [:]

    /// The possibilities of a query: those when it began, and every one that came while it ran.
    final class Watch {
        fileprivate var possible: [Int: Set<Record?>]
        fileprivate init(_ possible: [Int: Set<Record?>]) { self.possible = possible }
    }

    func begin(_ changes: [Int: Record?]) {
        for (id, value) in changes {
            possible[id, default: [nil]].insert(value)
            for watch in watchers.values { watch.possible[id, default: [nil]].insert(value) }
        }
    }

    /// The write was acknowledged.
    func settle(_ changes: [Int: Record?]) {
        for (id, value) in changes { possible[id] = [value] }
    }

    /// The write failed and nothing of it was kept.
    func withdraw(_ changes: [Int: Record?], before: [Int: Set<Record?>]) {
        for id in changes.keys { possible[id] = before[id] }
    }

    func watch() -> Watch {
        let watch = Watch(possible)
        watchers[ObjectIdentifier(watch)] = watch
        return watch
    }

    func unwatch(_ watch: Watch) { watchers[ObjectIdentifier(watch)] = nil }

    /// Why an answer to a query is wrong, or nil.
    static func fault(in answer: [Record], to probe: Probe, _ watch: Watch) -> String? {
        var answered: Set<Int> = []
        for row in answer {
            guard answered.insert(row.id).inserted else { return "record \(row.id) comes twice" }
            guard watch.possible[row.id]?.contains(row) == true else { return "a row that nobody wrote: \(row.text)" }
            guard probe.matches(row.extraction) else { return "a row that does not match: \(row.text)" }
        }
        for (id, values) in watch.possible where !answered.contains(id) {
            let mayBeMissing = values.contains { value in value.map { !probe.matches($0.extraction) } ?? true }
            if !mayBeMissing { return "SHORT: record \(id) is missing: \(values)" }
        }
        return nil
    }

    /// Why an export is wrong, or nil.
    func fault(inExport records: [Record]) -> String? {
        let found = Dictionary(records.map { ($0.id, $0) }) { first, _ in first }
        for (id, values) in possible where !values.contains(found[id]) {
            return "record \(id) is \(found[id]?.text ?? "absent"), and should be one of \(values)"
        }
        let extra = records.first { possible[$0.id] == nil }
        return extra.map { "a record that nobody wrote: \($0.text)" }
    }
}
