internal import Glibc

/// Sorts items in place by the bytes of their entries.
///
/// At a depth, items are ordered by eight bytes of their entries as one number: large sets by an American flag pass
/// on the highest byte that differs, smaller ones by quicksort without branches, small ones by insertion. Entries
/// whose eight bytes are the same form a group, which is sorted by the next eight: so no shared prefix, however long
/// or frequent, makes a comparison longer than eight bytes, and nothing is compared twice. A group that agrees in all
/// before its entries' tails is put into the order in which they came, without a look at them.
struct EntrySorter {
    /// From here on one pass of distribution replaces several of partition (measured: 128 to 2,048 cost the same).
    private static let flagCountMin = 512
    /// Up to here items are inserted (measured: 6 to 32 cost the same).
    private static let insertionCountMax = 16
    /// Up to here a group of equal prefixes is compared entry by entry.
    private static let directGroupMax = 8

    /// A set of so many is looked up from between its parts.
    private static let lookCountMin = 8_192
    /// Items of groups between two looks.
    private static let itemsPerLook = 1_024

    private typealias Items = UnsafeMutablePointer<SortItem>

    private let bytes: UnsafeRawPointer
    private let look: () -> Void
    /// How many entries equal their predecessor.
    private(set) var equalPairs = 0

    /// `look` is called from time to time.
    init(bytes: UnsafeRawPointer, lookingUp look: @escaping () -> Void) {
        self.bytes = bytes
        self.look = look
    }

    /// Sorts entries that agree in their first `depth` bytes, each of them at least so long.
    mutating func sort(_ items: UnsafeMutablePointer<SortItem>, _ count: Int, depth: Int) {
        for position in 0..<count { items[position].load(from: bytes, depth: depth) }
        sortByPrefix(items, count)
        var (first, nextLook) = (0, Self.itemsPerLook)
        while first < count {
            let prefix = items[first].prefix
            var end = first + 1
            while end < count && items[end].prefix == prefix { end += 1 }
            if end - first > 1 { sortGroup(items + first, end - first, depth: depth) }
            first = end
            guard first >= nextLook else { continue }
            nextLook = first + Self.itemsPerLook
            look()
        }
    }

    /// Sorts entries that agree in the eight bytes at `depth`, zeros standing for missing ones.
    private mutating func sortGroup(_ items: UnsafeMutablePointer<SortItem>, _ count: Int, depth: Int) {
        if Self.isOfOneHead(items, count, within: depth + 8) {
            for position in 0..<count { items[position].prefix = UInt64(items[position].offset) }
            return sortByPrefix(items, count)
        }
        if count <= Self.directGroupMax { return sortDirectly(items, count, depth: depth) }
        // Entries that end within the eight bytes differ by zeros at their ends only: shorter is smaller. They
        // begin all the longer ones.
        var ended = 0
        for position in 0..<count where items[position].length - depth <= 8 {
            swap(&items[ended], with: position, in: items)
            ended += 1
        }
        for position in 0..<ended { items[position].prefix = UInt64(items[position].length) }
        sortByPrefix(items, ended)
        for position in 1..<max(ended, 1) where items[position].prefix == items[position - 1].prefix { equalPairs += 1 }
        if count - ended > 1 { sort(items + ended, count - ended, depth: depth + 8) }
    }

    /// Whether entries that agree in their first bytes, up to `depth`, all have a tail, and the same before it.
    private static func isOfOneHead(_ items: UnsafeMutablePointer<SortItem>, _ count: Int, within depth: Int) -> Bool {
        let head = items[0].head
        // Entries that end before `depth` are compared as if zeros followed: no head begins an entry of another one, so
        // they cannot be taken for each other.
        return head > 0 && head <= depth && (1..<count).allSatisfy { items[$0].head == head }
    }

    @inline(__always)
    private func swap(_ one: inout SortItem, with other: Int, in items: UnsafeMutablePointer<SortItem>) {
        let kept = one
        one = items[other]
        items[other] = kept
    }

    /// Insertion by whole comparison, for few entries.
    private mutating func sortDirectly(_ items: UnsafeMutablePointer<SortItem>, _ count: Int, depth: Int) {
        for position in 1..<count {
            let item = items[position]
            var place = position
            while place > 0 {
                let order = compare(items[place - 1], item, depth: depth)
                if order == 0 { equalPairs += 1 }
                if order <= 0 { break }
                items[place] = items[place - 1]
                place -= 1
            }
            items[place] = item
        }
    }

    @inline(__always)
    private func compare(_ one: SortItem, _ other: SortItem, depth: Int) -> Int {
        let common = min(one.length, other.length) - depth
        let order = Int(memcmp(bytes + (one.offset + depth), bytes + (other.offset + depth), common))
        return order != 0 ? order : one.length - other.length
    }
}

extension EntrySorter {
    /// Sorts by prefix alone.
    private func sortByPrefix(_ items: UnsafeMutablePointer<SortItem>, _ count: Int) {
        if count <= Self.insertionCountMax {
            Self.insert(items, count)
        } else if count >= Self.flagCountMin {
            distribute(items, count)
        } else {
            partition(items, count)
        }
    }

    private static func insert(_ items: Items, _ count: Int) {
        guard count > 1 else { return }
        for position in 1..<count {
            let item = items[position]
            var place = position
            while place > 0 && items[place - 1].prefix > item.prefix {
                items[place] = items[place - 1]
                place -= 1
            }
            items[place] = item
        }
    }

    /// American flag: counts the highest byte that differs, then moves each item to its bucket, in cycles.
    private func distribute(_ items: Items, _ count: Int) {
        var differing: UInt64 = 0
        let reference = items[0].prefix
        for position in 1..<count { differing |= items[position].prefix ^ reference }
        guard differing != 0 else { return }
        let shift = UInt64(max(0, 56 - differing.leadingZeroBitCount))
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 512) { storage in
            guard let next = storage.baseAddress else { fatalError("no stack for a sort") }
            let ends = next + 256
            ends.initialize(repeating: 0, count: 256)
            for position in 0..<count { ends[Self.digit(items[position], shift)] += 1 }
            var sum = 0
            for bucket in 0..<256 {
                next[bucket] = sum
                sum += ends[bucket]
                ends[bucket] = sum
            }
            Self.exchange(items, next, ends, shift)
            var start = 0
            for bucket in 0..<256 where ends[bucket] > start {
                if shift > 0 { sortByPrefix(items + start, ends[bucket] - start) }
                if count >= Self.lookCountMin { look() }
                start = ends[bucket]
            }
        }
    }

    @inline(__always)
    private static func digit(_ item: SortItem, _ shift: UInt64) -> Int {
        Int(truncatingIfNeeded: (item.prefix &>> shift) & 0xFF)
    }

    @inline(__always)
    private static func exchange(
        _ items: Items, _ next: UnsafeMutablePointer<Int>, _ ends: UnsafeMutablePointer<Int>, _ shift: UInt64
    ) {
        for bucket in 0..<256 {
            while next[bucket] < ends[bucket] {
                var item = items[next[bucket]]
                var target = digit(item, shift)
                while target != bucket {
                    let place = next[target]
                    next[target] = place + 1
                    let displaced = items[place]
                    items[place] = item
                    item = displaced
                    target = digit(item, shift)
                }
                items[next[bucket]] = item
                next[bucket] += 1
            }
        }
    }

    /// Quicksort with a partition that has no branch to mispredict; many equal prefixes go to the distribution, which
    /// sets them aside at once, and so does a bad pivot's larger side: the depth stays logarithmic.
    private func partition(_ items: Items, _ count: Int) {
        var start = items
        var left = count
        while left > Self.insertionCountMax {
            let pivot = Self.median(start[0].prefix, start[left / 2].prefix, start[left - 1].prefix)
            let below = Self.split(start, left, below: pivot)
            if below < left / 8 || left - below < left / 8 { return distribute(start, left) }
            sortByPrefix(start, below)
            start += below
            left -= below
        }
        Self.insert(start, left)
    }

    @inline(__always)
    private static func median(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
        max(min(a, b), min(max(a, b), c))
    }

    /// Moves the items below the pivot to the front and returns how many they are.
    @inline(__always)
    private static func split(_ items: Items, _ count: Int, below pivot: UInt64) -> Int {
        var place = 0
        for position in 0..<count {
            let item = items[position]
            items[position] = items[place]
            items[place] = item
            place += item.prefix < pivot ? 1 : 0
        }
        return place
    }
}
