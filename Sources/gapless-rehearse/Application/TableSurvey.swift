import Foundation

/// Looks at a table before the rehearsal: what the writer may write, and what queries must find.
struct TableSurvey {
    /// Records of the table that the writer rewrites and deletes, and as many of its own beside them.
    static let ownedCount = 32
    /// Values of the table that are asked for, at most.
    static let probesMax = 12
    /// A value that more records have is not asked for: its answer would take longer than the rehearsal.
    static let answerMax = 2_000
    /// What the writer puts into the field, so many different ones.
    static let ownValues = 6

    let program: Program
    let table: String
    let fields: [String]
    let seed: UInt64

    /// What was found.
    struct Findings {
        let keyField: String
        let records: Int
        let expectation: Expectation
        /// The writer's records by key: as they were, or empty for those of its own.
        let originals: [Scalar: [UInt8]]
    }

    private struct TableShape: Decodable {
        let key: String
    }

    @available(*, noasync)
    func run() throws -> Findings {
        let key = try program.decode(TableShape.self, "table", "show", table).key
        let wanted = FieldRow.Wanted(
            key: key, paths: fields.map { $0.split(separator: ".").map(String.init) })
        let (records, sample) = try takeSample(wanted)
        let candidates = Self.candidates(in: sample.map(\.row))
        let originals = Dictionary(
            sample.prefix(Self.ownedCount).compactMap { pick in pick.row.key.map { ($0, pick.line) } },
            uniquingKeysWith: { first, _ in first })
        let found = try find(candidates, wanted, except: Set(originals.keys))
        let chosen = candidates.indices.filter { found[$0].count <= Self.answerMax }.prefix(Self.probesMax)
        let own = (0..<Self.ownValues).map { Self.ownValues(number: $0, fields: fields.count) }
        let probes = (chosen.map { candidates[$0] } + own).compactMap(probe)
        let rows = sample.prefix(Self.ownedCount).map(\.row)
        var owned: [Scalar: Expectation.FoundBy] = [:]
        for row in rows { if let key = row.key { owned[key] = Self.foundBy(row, probes) } }
        for key in Self.ownKeys { owned[key] = [] }
        return Findings(
            keyField: key, records: records,
            expectation: Expectation(
                probes: probes, still: chosen.map { found[$0] } + own.map { _ in [] }, owned: owned),
            originals: originals)
    }

    /// Keys that no application uses.
    static let ownKeys = (0..<ownedCount).map { Scalar.string("gapless-rehearsal-\($0)") }

    /// What the writer puts into the fields: a value that tells, and constants behind it.
    static func ownValues(number: Int, fields: Int) -> [Scalar] {
        [.string("gapless-rehearsal-value-\(number)")] + (1..<fields).map { .string("gapless-rehearsal-field-\($0)") }
    }

    static func foundBy(_ row: FieldRow, _ probes: [Expectation.Probe]) -> Expectation.FoundBy {
        Set(probes.indices.filter { number in zip(probes[number].values, row.fields).allSatisfy { $1.contains($0) } })
    }

    private func probe(_ values: [Scalar]) -> Expectation.Probe? {
        let terms = zip(fields, values).compactMap { field, value in value.literal.map { "\(field) = \($0)" } }
        guard terms.count == fields.count else { return nil }
        return Expectation.Probe(values: values, condition: terms.joined(separator: " AND "))
    }

    /// Combinations of values of the sampled records, each once.
    private static func candidates(in rows: [FieldRow]) -> [[Scalar]] {
        var candidates: [[Scalar]] = []
        for row in rows {
            let values = row.fields.compactMap { $0.first { $0.literal != nil } }
            if values.count == row.fields.count, !candidates.contains(values) { candidates.append(values) }
        }
        return candidates
    }

    /// A first pass over the table: its count, and a random sample of it.
    @available(*, noasync)
    private func takeSample(_ wanted: FieldRow.Wanted) throws -> (Int, [(row: FieldRow, line: [UInt8])]) {
        var reader = RowReader(wanted)
        var dice = Dice(seed: seed)
        var count = 0
        var sample: [(row: FieldRow, line: [UInt8])] = []
        try export { piece in
            try reader.read(piece) { row, line in
                count += 1
                let place = sample.count < 2 * Self.ownedCount ? sample.count : Int.random(in: 0..<count, using: &dice)
                if place == sample.count {
                    sample.append((row, Array(line)))
                } else if place < sample.count {
                    sample[place] = (row, Array(line))
                }
            }
        }
        return (count, sample)
    }

    /// A second pass: for each candidate, the records that have it.
    @available(*, noasync)
    private func find(_ candidates: [[Scalar]], _ wanted: FieldRow.Wanted, except: Set<Scalar>) throws -> [Set<Scalar>]
    {
        var places: [Scalar: [Int]] = [:]
        for (place, values) in candidates.enumerated() { places[values[0], default: []].append(place) }
        var found = candidates.map { _ in Set<Scalar>() }
        var reader = RowReader(wanted)
        try export { piece in
            try reader.read(piece) { row, _ in
                guard let key = row.key, !except.contains(key) else { return }
                for value in row.fields[0] {
                    for place in places[value] ?? [] where found[place].count <= Self.answerMax {
                        guard zip(candidates[place], row.fields).allSatisfy({ $1.contains($0) }) else { continue }
                        found[place].insert(key)
                    }
                }
            }
        }
        return found
    }

    @available(*, noasync)
    private func export(_ take: @escaping (ArraySlice<UInt8>) throws -> Void) throws {
        let answer = try program.run(["export", table]) { try take($0) }
        guard answer.code == 0 else { throw RehearsalFailure("gapless export \(table): \(answer.complaint)") }
    }
}

/// A seeded generator.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
