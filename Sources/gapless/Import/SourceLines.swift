import Glibc

/// A part of a text in blocks, to show some of its lines again as they stood there.
struct SourceLines {
    /// The blocks, each with the number of the line on which it begins, maybe in its middle; counted from 1.
    private var blocks: [(line: Int, bytes: [UInt8])] = []

    /// Takes the next block; `line` is where it begins.
    mutating func append(_ block: [UInt8], line: Int) {
        blocks.append((line, block))
    }

    /// The part of this text that holds a line and all after it.
    func following(from line: Int) -> SourceLines {
        var rest = self
        // A line on which the next block begins may have begun in this one.
        let first = blocks.indices.first { $0 + 1 == blocks.count || blocks[$0 + 1].line >= line } ?? 0
        rest.blocks.removeFirst(first)
        return rest
    }

    /// The lines of each range, newlines included; ranges in order and apart, in one pass over the text.
    func lines(in ranges: [Range<Int>]) -> [[UInt8]] {
        var found = ranges.map { _ in [UInt8]() }
        var (line, place) = (blocks.first?.line ?? 1, 0)
        for (_, block) in blocks {
            var rest = block[...]
            while !rest.isEmpty {
                let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
                while place < ranges.count, ranges[place].upperBound <= line { place += 1 }
                guard place < ranges.count else { return found }
                if ranges[place].contains(line) { found[place].append(contentsOf: rest[..<end]) }
                if rest[end - 1] == UInt8(ascii: "\n") { line += 1 }
                rest = rest[end...]
            }
        }
        return found
    }

    /// How many newlines a block holds.
    static func newlines(in block: [UInt8]) -> Int {
        block.withUnsafeBytes { bytes in
            guard var at = bytes.baseAddress else { return 0 }
            var (count, rest) = (0, bytes.count)
            while rest > 0, let found = memchr(at, Int32(UInt8(ascii: "\n")), rest) {
                count += 1
                let passed = UnsafeRawPointer(found) - at + 1
                at += passed
                rest -= passed
            }
            return count
        }
    }
}
