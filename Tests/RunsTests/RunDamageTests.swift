import Glibc
import Runs
import Testing
import Values

/// Goal: a damaged run is found before a wrong entry of it is used (DESIGN section 5, "run file missing, short or
/// corrupt").
///
/// Method: every byte changed, every length cut, one at a time; what is handed out before the error must be right.
@Suite struct RunDamageTests {
    /// A small run of several blocks, so that the first may be sound and a later one not.
    private static func sample(_ folder: TemporaryFolder) throws -> (RunSource, [[UInt8]], [UInt8]) {
        var random = SeededRandom(seed: 20_261)
        let entries = EntryShape.numbers.entries(300, &random).sortedDistinct
        let source = try RunFixture(folder: folder.path, blockBytes: 2048).write(entries)
        return (source, entries, try folder.contents(of: source.summary.file))
    }

    /// Reads all of a damaged run: it must fail with an error that names the file, after right entries only.
    private static func expectDamage(
        _ what: String, _ source: RunSource, _ entries: [[UInt8]], isKnown: Bool = true,
        at place: SourceLocation = #_sourceLocation
    ) {
        var read: [[UInt8]] = []
        let error = failure {
            var reader = try RunReader.open(source.path, expecting: isKnown ? source.summary : nil)
            try reader.collect(into: &read)
        }
        if error?.isDamage != true {
            Issue.record("\(what): not found, \(read.count) entries read", sourceLocation: place)
        }
        if error?.path != source.path { Issue.record("\(what): another file named", sourceLocation: place) }
        if read != [[UInt8]](entries.prefix(read.count)) || read.count == entries.count {
            Issue.record("\(what): a wrong entry was handed out", sourceLocation: place)
        }
    }

    @Test("Run damage: every byte changed, by all its bits and by one of them, is found", arguments: [true, false])
    func everyByte(isKnown: Bool) throws {
        let folder = try TemporaryFolder()
        let (source, entries, bytes) = try Self.sample(folder)
        let descriptor = open(source.path, O_WRONLY)
        defer { close(descriptor) }
        for offset in bytes.indices {
            for mask in [0xFF, 1 << (offset % 8)] as [UInt8] {
                var changed = bytes[offset] ^ mask
                #expect(pwrite(descriptor, &changed, 1, off_t(offset)) == 1)
                Self.expectDamage("byte \(offset) ^ \(mask)", source, entries, isKnown: isKnown)
            }
            var original = bytes[offset]
            #expect(pwrite(descriptor, &original, 1, off_t(offset)) == 1)
        }
        var read: [[UInt8]] = []
        var reader = try RunReader.open(source.path, expecting: source.summary)
        try reader.collect(into: &read)
        #expect(read == entries)
    }

    @Test("Run damage: every length that the file may be cut to is found", arguments: [true, false])
    func everyLength(isKnown: Bool) throws {
        let folder = try TemporaryFolder()
        let (source, entries, bytes) = try Self.sample(folder)
        for length in bytes.indices.reversed() {
            #expect(truncate(source.path, off_t(length)) == 0)
            Self.expectDamage("cut to \(length)", source, entries, isKnown: isKnown)
        }
    }

    @Test func `a run cut, emptied or removed while it is read is found at the next block`() throws {
        for (what, damage) in Self.accidents {
            let folder = try TemporaryFolder()
            let (source, entries, _) = try Self.sample(folder)
            var reader = try RunReader.open(source.path, expecting: source.summary)
            var read: [[UInt8]] = []
            expectTrue(try reader.next())
            read.append(reader.current)
            #expect(damage(source.path) == 0)
            let error = failure { try reader.collect(into: &read) }
            #expect(error?.isDamage == true, "\(what)")
            #expect(read == [[UInt8]](entries.prefix(read.count)) && read.count < entries.count)
        }
    }

    private static let accidents: [(String, @Sendable (String) -> Int32)] = [
        ("cut", { truncate($0, 2500) }), ("emptied", { truncate($0, 0) }), ("removed", { unlink($0) }),
    ]

    @Test func `bytes behind the end are found`() throws {
        let folder = try TemporaryFolder()
        let (source, entries, bytes) = try Self.sample(folder)
        try folder.write(bytes + [0], to: source.summary.file)
        Self.expectDamage("a byte more", source, entries)
        Self.expectDamage("a byte more", source, entries, isKnown: false)
        try folder.write(bytes + bytes, to: source.summary.file)
        Self.expectDamage("twice", source, entries)
        Self.expectDamage("twice", source, entries, isKnown: false)
    }

    @Test func `a sound block of another run, or of another place in this run, is found`() throws {
        let folder = try TemporaryFolder()
        let (source, entries, bytes) = try Self.sample(folder)
        let fixture = RunFixture(folder: folder.path, blockBytes: 2048)
        let changed = entries.map { entry in [UInt8](entry.dropLast() + [entry[entry.count - 1] ^ 1]) }
        let other = try fixture.write(changed.sortedDistinct, range: 4)
        let otherBytes = try folder.contents(of: other.summary.file)
        // The first block: 16 bytes of the file's header before it, its payload's length 16 bytes into its own.
        let block = 16..<(16 + 24 + Int(bytes[32]) + Int(bytes[33]) << 8)
        #expect(block.count > 1000)
        #expect(bytes[24..<40] == otherBytes[24..<40] && bytes[block] != otherBytes[block])
        try folder.write(Array(bytes[..<16] + otherBytes[block] + bytes[block.upperBound...]), to: source.summary.file)
        Self.expectDamage("another run's block", source, entries)
        let repeated = Array(bytes[..<block.upperBound] + bytes[block] + bytes[(2 * block.count + 16)...])
        try folder.write(Array(repeated.prefix(bytes.count)), to: source.summary.file)
        Self.expectDamage("the first block twice", source, entries)
    }

    @Test func `a sound run is refused under another's summary, name or identity`() throws {
        let folder = try TemporaryFolder()
        let fixture = RunFixture(folder: folder.path)
        let one = try fixture.write([[1], [2]], range: 1)
        let two = try fixture.write([[1], [2]], range: 2)
        #expect(failure { _ = try RunReader.open(one.path, expecting: two.summary) }?.code == .wrongRun)
        #expect(failure { _ = try RunReader.open(one.path, identity: two.identity) }?.code == .wrongRun)
        var renamed = one.summary
        renamed.file = two.summary.file
        #expect(failure { _ = try RunReader.open(one.path, expecting: renamed) }?.code == .wrongRun)
        var counted = one.summary
        counted.digest.add(entry: [3].span.bytes)
        #expect(failure { _ = try RunReader.open(one.path, expecting: counted) }?.code == .wrongRun)
        var other = one.summary
        other.checksum ^= 1
        #expect(failure { _ = try RunReader.open(one.path, expecting: other) }?.code == .wrongRun)
        var longer = one.summary
        longer.bytes += 1
        #expect(failure { _ = try RunReader.open(one.path, expecting: longer) }?.code == .wrongSize)
    }

    @Test func `a missing file, a folder, an empty file and a file of another kind are told apart`() throws {
        let folder = try TemporaryFolder()
        let missing = failure { _ = try RunReader.open(folder.path + "/none.run") }
        #expect(missing?.code == .missing && missing?.description.contains("none.run") == true)
        #expect(failure { _ = try RunReader.open(folder.path) }?.path == folder.path)
        try folder.write([], to: "empty.run")
        #expect(failure { _ = try RunReader.open(folder.path + "/empty.run") }?.code == .wrongSize)
        try folder.write([UInt8](repeating: 65, count: 1000), to: "text.run")
        #expect(failure { _ = try RunReader.open(folder.path + "/text.run") }?.code == .corrupt)
    }

    @Test("O6: a run of a later format version is refused by that name")
    func laterVersion() throws {
        let folder = try TemporaryFolder()
        let (source, _, bytes) = try Self.sample(folder)
        var later = bytes
        later[8] = 2
        try folder.write(later, to: source.summary.file)
        let error = failure { _ = try RunReader.open(source.path) }
        #expect(error?.code == .unsupportedVersion && error?.isDamage == true)
    }

    @Test func `a disk that cannot be read is not damage, and says so`() throws {
        let folder = try TemporaryFolder()
        let (source, _, _) = try Self.sample(folder)
        var calls = FileCalls.system
        calls.read = { _, _, _ in -Int(EIO) }
        let error = failure { _ = try RunReader.open(source.path, expecting: source.summary, calls: calls) }
        #expect(error?.code == .system && error?.errno == EIO && error?.call == "pread" && error?.isDamage == false)
    }

    @Test func `interrupted and partial reads are completed`() throws {
        let folder = try TemporaryFolder()
        let (source, entries, _) = try Self.sample(folder)
        var calls = FileCalls.system
        calls.read = { descriptor, buffer, offset in
            if offset % 3 == 0 && buffer.count % 2 == 0 { return Int.random(in: 0...3) == 0 ? readSome() : -Int(EINTR) }
            func readSome() -> Int {
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(7))
                return FileCalls.system.read(descriptor, part, offset)
            }
            return readSome()
        }
        var reader = try RunReader.open(source.path, expecting: source.summary, calls: calls)
        var read: [[UInt8]] = []
        try reader.collect(into: &read)
        #expect(read == entries)
    }
}
