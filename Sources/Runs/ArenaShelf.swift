internal import Synchronization

/// Keeps the memory of arenas from one range to the next: memory that is fresh costs a fault for each of its pages.
///
/// What arenas hold and what is kept for later ones come to no more than `bytesMax`, as long as the arenas do. Any
/// thread.
public final class ArenaShelf: Sendable {
    /// What arenas and shelf may hold together, in bytes.
    public let bytesMax: Int

    private struct State {
        var kept: [ArenaMemory] = []
        var lentBytes = 0

        var keptBytes: Int { kept.reduce(0) { $0 + $1.bytes } }
    }

    private let state = Mutex(State())

    /// An empty shelf.
    public init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The memory that is kept and not used, in bytes.
    public var keptBytes: Int { state.withLock { $0.keptBytes } }

    /// Gives back to the system what is not used.
    public func clear() { state.withLock { $0.kept = [] } }

    /// The largest memory of the shelf that has at least so many bytes and at most so many; else fresh, of the least.
    func lend(atLeast least: Int, atMost most: Int) -> ArenaMemory {
        state.withLock { state in
            let fitting = state.kept.indices.filter { (least...most).contains(state.kept[$0].bytes) }
            let place = fitting.max { state.kept[$0].bytes < state.kept[$1].bytes }
            if place == nil { shrink(&state, toHold: least) }
            let memory = place.map { state.kept.remove(at: $0) } ?? ArenaMemory(bytes: least)
            state.lentBytes += memory.bytes
            return memory
        }
    }

    /// Takes lent memory back, and keeps it if there is room; not that of an arena that went on in larger memory, since
    /// the next one will, too.
    func giveBack(_ memory: ArenaMemory, isOutgrown: Bool = false) {
        state.withLock { state in
            state.lentBytes -= memory.bytes
            if isOutgrown { return }
            if state.lentBytes + state.keptBytes + memory.bytes <= bytesMax { state.kept.append(memory) }
        }
    }

    /// Lets go of what is kept until so much more may be held.
    private func shrink(_ state: inout State, toHold more: Int) {
        while state.lentBytes + state.keptBytes + more > bytesMax, !state.kept.isEmpty { state.kept.removeFirst() }
    }
}

/// A stretch of memory, for one arena at a time.
final class ArenaMemory: @unchecked Sendable {  // of whoever holds it: an arena, or the shelf
    let start: UnsafeMutableRawPointer
    let bytes: Int

    init(bytes: Int) {
        self.bytes = bytes
        start = .allocate(byteCount: bytes, alignment: SortItem.bytes)
    }

    deinit { start.deallocate() }
}
