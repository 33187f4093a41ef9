// Goal: what is hard on an index is hard in the way that its name says, on every machine. Method: as for the usual
// records: digests for one seed, and the facts counted over records read back through the program's own reader.
import Testing
import Values

@testable import gapless_bench

@Suite("The hard data sets")
struct DataSetTests {
    static func bytes(_ data: DataSet, records: UInt64, seed: UInt64, form: RecordForm = .ndjson) -> [UInt8] {
        let generator = RecordGenerator(seed: seed, data: data, form: form)
        var text = TextBuffer(capacity: Int(records) * data.lineBytesMax)
        for number in 1...records { generator.append(number, to: &text) }
        return text.withBytes { Array($0) }
    }

    private struct Decoded {
        var keys: [Value] = []
        var sizes: [Int] = []
    }

    private static func decoded(_ data: DataSet, records: UInt64) throws -> Decoded {
        var reader = RecordReader(.ndjson, values: .messagePack, key: try FieldPath("id"))
        reader.feed(bytes(data, records: records, seed: 1).span.bytes)
        reader.finish()
        var decoded = Decoded()
        while try reader.next() {
            guard case .map(let entries) = try Value(messagePack: reader.record.span.bytes),
                let key = entries.first(where: { $0.key == .string(data.field) })?.value
            else { throw BenchFailure("a record without \(data.field)") }
            decoded.keys.append(key)
            decoded.sizes.append(reader.record.count)
        }
        #expect(decoded.keys.count == Int(records))
        return decoded
    }

    private static func texts(_ data: DataSet, records: UInt64) throws -> [String] {
        try decoded(data, records: records).keys.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    @Test("the bytes of a seed are the same everywhere", arguments: DataSet.allCases)
    func digests(_ data: DataSet) {
        let digest = { (seed: UInt64) in
            Self.bytes(data, records: data == .hugeRecords ? 2 : 50, seed: seed).reduce(0) {
                RandomSource.mixed($0 ^ UInt64($1) &+ 1)
            }
        }
        #expect(digest(1) == KnownBytes.digests[data], "\(data): \(digest(1))")
        #expect(data == .equal || digest(1) != digest(2))
    }

    @Test("keys of one byte, of 500 bytes, and all the same")
    func keySizes() throws {
        let tiny = try Self.texts(.tinyKeys, records: 1_000)
        #expect(tiny.allSatisfy { $0.utf8.count == 1 } && Set(tiny).count == 32)
        let long = try Self.texts(.longKeys, records: 200)
        #expect(long.allSatisfy { $0.utf8.count == 500 } && Set(long).count == 200)
        let equal = try Self.texts(.equal, records: 200)
        #expect(Set(equal).count == 1 && equal[0].utf8.count == 24)
    }

    @Test("keys rise, and keys fall")
    func orders() throws {
        let sorted = try Self.texts(.sorted, records: 500)
        #expect(sorted == sorted.sorted() && Set(sorted).count == 500)
        let reversed = try Self.texts(.reversed, records: 500)
        #expect(reversed == reversed.sorted(by: >) && Set(reversed).count == 500)
    }

    @Test("records of 10 bytes, of 100 KiB, and about 250 bytes")
    func recordSizes() throws {
        #expect(try Self.decoded(.tinyRecords, records: 1_000).sizes.allSatisfy { 10...14 ~= $0 })
        #expect(try Self.decoded(.hugeRecords, records: 5).sizes.allSatisfy { 102_380...102_420 ~= $0 })
        for data in [DataSet.tinyKeys, .equal, .sorted, .reversed] {
            #expect(try Self.decoded(data, records: 20).sizes.allSatisfy { 210...260 ~= $0 })
        }
    }

    @Test("rows for other databases hold the same values between tabs", arguments: DataSet.allCases)
    func rows(_ data: DataSet) throws {
        let row = String(decoding: Self.bytes(data, records: 1, seed: 1, form: .copy), as: UTF8.self)
        let cells = row.dropLast().split(separator: "\t", omittingEmptySubsequences: false)
        #expect(row.last == "\n" && cells.count == data.columns.count && cells[0] == "1")
        let line = String(decoding: Self.bytes(data, records: 1, seed: 1), as: UTF8.self)
        for (column, cell) in zip(data.columns, cells) {
            let bare = column.kind == .list ? cell.dropFirst().dropLast() : cell
            #expect(line.contains("\"\(column.name)\":") && (column.kind == .list || line.contains(bare)))
        }
    }
}
