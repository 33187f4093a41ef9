// Goal: figures of different days and machines are of the same data. Method: the bytes themselves for one seed, and the
// facts of the data set counted over enough records, read back through the program's own reader.
import Testing
import Values

@testable import gapless_bench

@Suite("The data set")
struct GeneratorTests {
    static let records: UInt64 = 40_000

    static func lines(_ numbers: ClosedRange<UInt64>, seed: UInt64, edition: UInt64 = 0) -> [UInt8] {
        let generator = RecordGenerator(seed: seed)
        var text = TextBuffer(capacity: numbers.count * DataSet.people.lineBytesMax)
        for number in numbers { generator.append(number, edition: edition, to: &text) }
        return text.withBytes { Array($0) }
    }

    /// All records, each as the fields of its map.
    static func decoded(seed: UInt64) throws -> [[String: Value]] {
        var reader = RecordReader(.ndjson, values: .messagePack, key: try FieldPath("id"))
        reader.feed(lines(1...records, seed: seed).span.bytes)
        reader.finish()
        var maps: [[String: Value]] = []
        while try reader.next() {
            let record = reader.record
            guard case .map(let entries) = try Value(messagePack: record.span.bytes) else {
                throw BenchFailure("a record that is no map")
            }
            var map: [String: Value] = [:]
            for entry in entries {
                guard case .string(let name) = entry.key else { throw BenchFailure("a field without a name") }
                map[name] = entry.value
            }
            maps.append(map)
        }
        return maps
    }

    @Test("the bytes of a seed are the same everywhere")
    func knownBytes() {
        let text = String(decoding: Self.lines(1...2, seed: 1), as: UTF8.self)
        #expect(text == KnownBytes.firstTwoOfSeedOne)
        #expect(Self.lines(1...2, seed: 2) != Self.lines(1...2, seed: 1))
    }

    @Test("a record by itself is the one that stands in the whole")
    func recordByItself() {
        let three = Self.lines(7...9, seed: 5)
        #expect(Self.lines(7...7, seed: 5) + Self.lines(8...8, seed: 5) + Self.lines(9...9, seed: 5) == three)
    }

    @Test("a rewritten record keeps its id and gets another e-mail and score")
    func editions() {
        let (old, new) = (Self.lines(7...7, seed: 5), Self.lines(7...7, seed: 5, edition: 3))
        #expect(old.prefix(16) == new.prefix(16))
        #expect(old != new)
        #expect(old.count <= DataSet.people.lineBytesMax)
    }

    @Test("ids count from 1, e-mails are 24 bytes and unique, bios 100 bytes")
    func identities() throws {
        let maps = try Self.decoded(seed: 1)
        #expect(maps.count == Int(Self.records))
        var emails = Set<String>()
        for (place, map) in maps.enumerated() {
            guard case .int(let id)? = map["id"], case .string(let email)? = map["email"],
                case .string(let bio)? = map["bio"], case .double(let score)? = map["score"]
            else {
                Issue.record("record \(place + 1) lacks a field: \(map)")
                return
            }
            let sizes = [email.utf8.count, bio.utf8.count]
            guard id == Int64(place + 1), sizes == [24, 100], 0..<100 ~= score else {
                Issue.record("record \(place + 1) has id \(id), score \(score), texts of \(sizes) bytes")
                return
            }
            emails.insert(email)
        }
        #expect(emails.count == maps.count)
    }

    @Test("cities are skewed, signs of created_at even, tags 0 to 4 and different")
    func distributions() throws {
        let maps = try Self.decoded(seed: 1)
        var cities: [String: Int] = [:]
        var tagCounts: [Int: Int] = [:]
        var (negative, repeated) = (0, 0)
        for map in maps {
            guard case .string(let city)? = map["city"], case .array(let tags)? = map["tags"],
                case .int(let createdAt)? = map["created_at"]
            else {
                Issue.record("a record lacks a field: \(map)")
                return
            }
            cities[city, default: 0] += 1
            tagCounts[tags.count, default: 0] += 1
            repeated += Set(tags).count == tags.count ? 0 : 1
            negative += createdAt < 0 ? 1 : 0
        }
        // The commonest of 20,000 has 1 in 27 records; evenly it would have 2 of these.
        let commonest = try #require(cities.values.max())
        #expect(1_300...1_660 ~= commonest)
        #expect(5_000...20_000 ~= cities.count)
        #expect(tagCounts.keys.sorted() == [0, 1, 2, 3, 4])
        #expect(tagCounts.values.allSatisfy { 7_400...8_600 ~= $0 })
        #expect(19_000...21_000 ~= negative)
        #expect(repeated == 0)
    }

    @Test("a line of NDJSON is about 250 bytes")
    func sizes() {
        let bytes = Self.lines(1...1_000, seed: 1).count
        #expect(220_000...290_000 ~= bytes)
    }
}
