internal import LMDB
internal import Values

extension Store {
    /// How long a read transaction of an estimate lives: a long one would pin freed pages.
    private static let estimateChunk = Duration.milliseconds(20)
    /// Records read between looks at the clock.
    private static let estimateRecordsPerLook = 256
    /// Places of the key space from which a sample is taken.
    private static let estimatePlaces = 64

    /// Finds out what an index would be, without writing anything: of all records, or of about `sample` of them.
    ///
    /// A sample is taken in stretches that are spread over the key space. The records are read in short transactions,
    /// so that they need not be of one moment. `progress` hears of records examined. Throws `NO_SUCH_TABLE` and
    /// `BAD_DEFINITION`.
    @available(*, noasync)
    public func estimate(
        _ definition: IndexDefinition, on tableName: String, sample: Int? = nil,
        progress: (_ examined: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> IndexEstimate {
        try definition.check()
        let (table, total) = try read { txn in
            let table = try self.table(tableName, in: txn)
            return (table, try recordsCount(of: table, in: txn))
        }
        let rule = IndexRule(fields: definition.fields, indexesNulls: definition.indexesNulls)
        var walk = EstimateWalk(
            estimate: IndexEstimate(recordsTotal: total), components: definition.fields.count,
            extractor: table.extractor([rule]), table: table)
        let wanted = sample.map { min($0, total) } ?? total
        guard wanted > 0 else { return walk.estimate }
        let stretches = try wanted < total ? starts(in: table) : [[]]
        let perStretch = (wanted + stretches.count - 1) / stretches.count
        for start in stretches {
            // A stretch that would begin within the one before begins behind it.
            var isFirst = walk.last.map { $0.lexicographicallyPrecedes(start) } ?? true
            var left = wanted == total ? Int.max : min(perStretch, wanted - walk.estimate.recordsExamined)
            while left > 0 {
                let from = isFirst ? start : walk.last ?? start
                isFirst = false
                let took = try chunk(of: table, from: from, atMost: left, &walk)
                progress(walk.estimate.recordsExamined, max(wanted, walk.estimate.recordsExamined))
                left -= took.records
                if took.isEnd { break }
            }
        }
        return walk.estimate
    }

    /// Reads one chunk from behind the last record, or from `start` on if that lies further on.
    private func chunk(
        of table: TableRecord, from start: [UInt8], atMost limit: Int, _ walk: inout EstimateWalk
    ) throws -> (records: Int, isEnd: Bool) {
        var copy = walk
        let began = ContinuousClock.now
        let (records, isEnd) = try read { txn in
            // The body may run again: it begins from the walk as it was.
            copy = walk
            var scratch = EntryExtractor.Scratch()
            return try txn.withCursor(in: self.records(of: table, in: txn)) { cursor in
                var more = try cursor.seek(atOrAfter: start)
                if more, cursor.key == walk.last { more = try cursor.next() }
                var count = 0
                while more, count < limit {
                    try cursor.withEntry { key, record in try copy.take(key, record, &scratch) }
                    count += 1
                    if count.isMultiple(of: Store.estimateRecordsPerLook),
                        began.duration(to: .now) >= Store.estimateChunk
                    {
                        copy.last = cursor.key
                        return (count, false)
                    }
                    if count == limit { copy.last = cursor.key }
                    more = try cursor.next()
                }
                return (count, !more)
            }
        }
        walk = copy
        walk.estimate.extractionNanoseconds += Int64(began.duration(to: .now) / .nanoseconds(1))
        return (records, isEnd)
    }

    /// Places spread evenly between the first and the last key: by their values if both are numbers, else by the bytes
    /// after what all keys share.
    private func starts(in table: TableRecord) throws -> [[UInt8]] {
        let ends: ([UInt8], [UInt8])? = try read { txn in
            try txn.withCursor(in: records(of: table, in: txn)) { cursor in
                guard try cursor.first() else { return nil }
                let first = cursor.key
                return try cursor.last() ? (first, cursor.key) : nil
            }
        }
        guard let (first, last) = ends else { return [[]] }
        if !table.isAttached, let places = try Store.numbers(from: first, to: last) { return places }
        let shared = zip(first, last).prefix { $0 == $1 }.count
        let low = Store.number(first.dropFirst(shared))
        let width = Store.number(last.dropFirst(shared)) - low
        return (0..<Store.estimatePlaces).map { place in
            guard place > 0 else { return first }
            let step = width / UInt64(Store.estimatePlaces) * UInt64(place)
            return Array(first.prefix(shared)) + withUnsafeBytes(of: (low + step).bigEndian, Array.init)
        }
    }

    /// Keys of numbers, spread evenly; nil if the ends are no numbers.
    private static func numbers(from first: [UInt8], to last: [UInt8]) throws -> [[UInt8]]? {
        guard let low = double(try KeyEncoding.decodePrimaryKey(first.span.bytes)),
            let high = double(try KeyEncoding.decodePrimaryKey(last.span.bytes))
        else { return nil }
        let step = high / Double(estimatePlaces) - low / Double(estimatePlaces)
        return try (0..<estimatePlaces).map { place in
            place == 0 ? first : try KeyEncoding.primaryKey(.double(low + step * Double(place)))
        }
    }

    private static func double(_ value: Value) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .uint(let number): Double(number)
        case .double(let number) where number.isFinite: number
        default: nil
        }
    }

    /// The first eight bytes as a number, most significant first; missing ones are zero.
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        (Array(bytes.prefix(8)) + Array(repeating: 0, count: max(0, 8 - bytes.count))).reduce(0) {
            $0 << 8 | UInt64($1)
        }
    }
}

/// What an estimate carries from chunk to chunk.
private struct EstimateWalk {
    var estimate: IndexEstimate
    let components: Int
    let extractor: EntryExtractor
    let table: TableRecord
    /// The last record examined.
    var last: [UInt8]?

    init(estimate: IndexEstimate, components: Int, extractor: EntryExtractor, table: TableRecord) {
        self.estimate = estimate
        self.components = components
        self.extractor = extractor
        self.table = table
    }

    mutating func take(_ key: RawSpan, _ record: RawSpan, _ scratch: inout EntryExtractor.Scratch) throws {
        estimate.recordsExamined += 1
        // What comes before a mistake is no entry of the record.
        var counts = estimate.counts
        var kept: [[UInt8]] = []
        let (isKeeping, components) = (estimate.kept.count < IndexEstimate.entriesKeptMax, components)
        do {
            try extractor.extract(primaryKey: key, value: record, into: &scratch) { _, entry in
                counts.take(entry, components: components)
                if isKeeping { kept.append(entry.copied) }
            }
        } catch let error as RecordError {
            return estimate.takeBad(table.text(ofKey: key), error)
        }
        let found = counts.entries - estimate.counts.entries
        estimate.counts = counts
        estimate.kept += kept
        estimate.entriesPerRecordMax = max(estimate.entriesPerRecordMax, found)
        if found == 0 { estimate.recordsWithoutEntries += 1 }
    }
}
