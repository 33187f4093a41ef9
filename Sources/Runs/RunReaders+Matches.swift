/// The matches of the tree of losers: who is smaller, at what offset.
///
/// A node is an offset-value code above a run's number; see `RunMerger`.
extension RunReaders {
    /// An exhausted run's code: above all others.
    static let exhausted: UInt64 = 0xFFFF_FFFF

    /// The run's number in a node.
    @inline(__always)
    static func run(_ node: UInt64) -> Int { Int(truncatingIfNeeded: node & 0xFFFF_FFFF) }

    /// The code of a run's current entry that shares `offset` bytes with an entry before it.
    ///
    /// The more it shares the smaller it is, and then the byte in which it differs decides. Codes tell order only if
    /// they are relative to the same entry.
    @inline(__always)
    func node(_ run: Int, sharing offset: Int) -> UInt64 {
        let byte = self[run].pointee.entry.load(fromByteOffset: offset, as: UInt8.self)
        let code = UInt64(truncatingIfNeeded: RunLimits.entryBytesMax - offset) << 8 | UInt64(byte)
        return code << 32 | UInt64(truncatingIfNeeded: run)
    }

    /// Moves every run to its first entry after `start` and plays all matches: the winner (place 0) and the losers.
    ///
    /// Codes are relative to no entry at all.
    func firstNodes(after start: [UInt8]) throws(RunError) -> [UInt64] {
        guard count > 0 else { return [Self.exhausted << 32] }
        var losers = [UInt64](repeating: 0, count: count)
        var winners = [UInt64](repeating: 0, count: 2 * count)
        for run in 0..<count {
            let reader = self[run]
            let isThere =
                start.isEmpty ? try reader.pointee.next() : try reader.pointee.seek(after: start.span.bytes)
            winners[count + run] = isThere ? node(run, sharing: 0) : Self.exhausted << 32 | UInt64(run)
        }
        for place in (1..<count).reversed() {
            (winners[place], losers[place]) = try match(winners[2 * place], winners[2 * place + 1])
        }
        losers[0] = winners[1]
        return losers
    }

    /// The smaller and the larger of two nodes.
    private func match(_ one: UInt64, _ other: UInt64) throws(RunError) -> (winner: UInt64, loser: UInt64) {
        if (one ^ other) >> 32 == 0 { return try matchBytes(one, other) }
        return (min(one, other), max(one, other))
    }

    /// The same for equal codes: the entries' bytes decide, and the loser's code becomes relative to the winner.
    @inline(never)
    func matchBytes(_ one: UInt64, _ other: UInt64) throws(RunError) -> (winner: UInt64, loser: UInt64) {
        if one >> 32 == Self.exhausted { return (one, other) }
        let (left, right) = (self[Self.run(one)], self[Self.run(other)])
        let offset = RunLimits.entryBytesMax - Int(truncatingIfNeeded: one >> 40)
        let (leftBytes, rightBytes) = (left.pointee.entryBytes, right.pointee.entryBytes)
        let end = min(leftBytes, rightBytes)
        let place = mismatch(
            UnsafeRawPointer(left.pointee.entry), UnsafeRawPointer(right.pointee.entry), from: offset + 1, to: end)
        let isLeftSmaller: Bool
        if place < end {
            isLeftSmaller =
                left.pointee.entry.load(fromByteOffset: place, as: UInt8.self)
                < right.pointee.entry.load(fromByteOffset: place, as: UInt8.self)
        } else {
            guard leftBytes != rightBytes else { throw equalEntries(Self.run(one), Self.run(other)) }
            isLeftSmaller = leftBytes < rightBytes
        }
        let loser = Self.run(isLeftSmaller ? other : one)
        return (isLeftSmaller ? one : other, node(loser, sharing: place))
    }

    private func equalEntries(_ one: Int, _ other: Int) -> RunError {
        let reader = self[one]
        let entry = hex(UnsafeRawBufferPointer(start: reader.pointee.entry, count: reader.pointee.entryBytes))
        return RunError(
            .equalEntry, path: reader.pointee.path, call: "merge",
            reason: "entry \(entry) is also in \(self[other].pointee.path)")
    }
}
