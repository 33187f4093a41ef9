/// Generates the records of a data set as lines, the same for a seed on every machine.
///
/// Those of `people`; for the others see ``DataSet``:
///
/// | field      | holds |
/// |------------|-------|
/// | id         | the record's number, from 1: the primary key |
/// | email      | 24 bytes, random, unique within a seed |
/// | city       | 20,000 values, skewed: the commonest has 1 in 27 records |
/// | created_at | a random 64-bit integer with sign |
/// | score      | a double from 0 to 100 with six decimals |
/// | tags       | 0 to 4 different short strings out of 64 |
/// | bio        | 100 bytes of text |
///
/// A record depends on seed and number alone, so that any one can be made again by itself.
struct RecordGenerator {
    static let cities: UInt64 = 20_000
    static let tagsMax: UInt64 = 4
    static let tagWords: UInt64 = 64
    static let bioBytes = 100

    let data: DataSet
    let form: RecordForm
    private let seed: UInt64
    private let emailOffset: UInt64

    init(seed: UInt64, data: DataSet = .people, form: RecordForm = .ndjson) {
        self.seed = RandomSource.mixed(seed &+ RandomSource.step)
        self.data = data
        self.form = form
        emailOffset = RandomSource.mixed(self.seed)
    }

    /// Appends the line of a record; needs `data.lineBytesMax` bytes of room.
    ///
    /// `edition` 0 is the data set; others are the same record of `people` rewritten, with another score and e-mail.
    func append(_ number: UInt64, edition: UInt64 = 0, to text: inout TextBuffer) {
        var random = RandomSource(seed: RandomSource.mixed(seed ^ number))
        form.append("id", .integer, isFirst: true, to: &text) { $0.append(digits: number) }
        if data == .people {
            appendPerson(number, edition, &random, &text)
        } else {
            form.append("key", data == .tinyRecords ? .integer : .text, to: &text) { appendKey(number, &random, &$0) }
            let filler = fillerBytes
            if filler > 0 { form.append("bio", .text, to: &text) { appendBio(filler, &random, &$0) } }
        }
        form.end(&text)
    }

    private func appendPerson(
        _ number: UInt64, _ edition: UInt64, _ random: inout RandomSource, _ text: inout TextBuffer
    ) {
        form.append("email", .text, to: &text) { appendEmail(number, edition, &$0) }
        form.append("city", .text, to: &text) { appendCity(&random, &$0) }
        form.append("created_at", .integer, to: &text) { $0.append(Int64(bitPattern: random.next())) }
        form.append("score", .double, to: &text) { appendScore(random.next() &+ edition, &$0) }
        form.append("tags", .list, to: &text) { appendTags(&random, &$0) }
        form.append("bio", .text, to: &text) { appendBio(Self.bioBytes, &random, &$0) }
    }

    private var fillerBytes: Int {
        switch data {
        case .people, .longKeys, .tinyRecords: 0
        case .tinyKeys, .equal, .sorted, .reversed: DataSet.fillerBytes
        case .hugeRecords: DataSet.hugeFillerBytes
        }
    }

    private func appendKey(_ number: UInt64, _ random: inout RandomSource, _ text: inout TextBuffer) {
        switch data {
        case .people, .hugeRecords: appendEmail(number, 0, &text)
        case .tinyKeys: text.append(Self.emailSigns[Int(random.next(below: 32))])
        case .longKeys: appendLetters(DataSet.longKeyBytes, Self.emailSigns, &random, &text)
        case .equal: text.append("one key for every record")
        case .sorted: text.append(digits: number, width: 24)
        case .reversed: text.append(digits: UInt64.max - number, width: 24)
        case .tinyRecords: text.append(digits: random.next(below: 10))
        }
    }

    /// 13 signs of 5 bits hold a scrambled number, so that none comes twice within an edition.
    private func appendEmail(_ number: UInt64, _ edition: UInt64, _ text: inout TextBuffer) {
        var name = RandomSource.mixed(emailOffset &+ number &+ edition << 40)
        for _ in 0..<13 {
            text.append(Self.emailSigns[Int(name & 31)])
            name >>= 5
        }
        text.append("@mails.test")
    }

    /// The cube of a uniform number prefers small ranks; the ranks are strewn over the names.
    private func appendCity(_ random: inout RandomSource, _ text: inout TextBuffer) {
        let share = random.nextFraction()
        let rank = min(UInt64(share * share * share * Double(Self.cities)), Self.cities - 1)
        var name = rank * 7_919 % Self.cities
        for _ in 0..<3 {
            text.append(Self.consonants[Int(name % 8)])
            text.append(Self.vowels[Int(name / 8 % 5)])
            name /= 40
        }
    }

    private func appendScore(_ number: UInt64, _ text: inout TextBuffer) {
        let millionths = number % 100_000_000
        text.append(digits: millionths / 1_000_000)
        text.append(UInt8(ascii: "."))
        text.append(digits: millionths % 1_000_000, width: 6)
    }

    /// The words of one record lie 7 apart, so that none comes twice.
    private func appendTags(_ random: inout RandomSource, _ text: inout TextBuffer) {
        let count = random.next(below: Self.tagsMax + 1)
        var word = random.next(below: Self.tagWords)
        for place in 0..<count {
            if place > 0 { text.append(UInt8(ascii: ",")) }
            if form == .ndjson { text.append(UInt8(ascii: "\"")) }
            text.append(Self.consonants[Int(word % 8)])
            text.append(Self.vowels[Int(word / 8 % 4)])
            text.append(Self.consonants[Int(word / 32)])
            if form == .ndjson { text.append(UInt8(ascii: "\"")) }
            word = (word + 7) % Self.tagWords
        }
    }

    private func appendBio(_ bytes: Int, _ random: inout RandomSource, _ text: inout TextBuffer) {
        appendLetters(bytes, Self.bioSigns, &random, &text)
    }

    /// Random ones out of 32 signs.
    private func appendLetters(_ bytes: Int, _ signs: Signs, _ random: inout RandomSource, _ text: inout TextBuffer) {
        var (bits, left) = (random.next(), 12)
        for _ in 0..<bytes {
            if left == 0 { (bits, left) = (random.next(), 12) }
            text.append(signs[Int(bits & 31)])
            bits >>= 5
            left -= 1
        }
    }

    private static let emailSigns = Signs("abcdefghijklmnopqrstuvwxyz234567")
    private static let consonants = Signs("bdklmnrt")
    private static let vowels = Signs("aeiou")
    private static let bioSigns = Signs("abcdefghijklmnopqrstuvwxyz      ")
}

/// ASCII characters by number.
private struct Signs: Sendable {
    private let text: StaticString

    init(_ text: StaticString) { self.text = text }

    @inline(__always)
    subscript(place: Int) -> UInt8 {
        precondition(place < text.utf8CodeUnitCount)
        return text.utf8Start[place]
    }
}
