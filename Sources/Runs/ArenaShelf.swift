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

    /// So many bytes of memory: kept ones, or fresh.
    func lend(_ bytes: Int) -> ArenaMemory {
        state.withLock { state in
            defer { state.lentBytes += bytes }
            if let place = state.kept.lastIndex(where: { $0.bytes == bytes }) { return state.kept.remove(at: place) }
            // What is kept is for arenas of another size, and makes room.
            while state.lentBytes + state.keptBytes + bytes > bytesMax, !state.kept.isEmpty { state.kept.removeFirst() }
            return ArenaMemory(bytes: bytes)
        }
    }

    /// Takes lent memory back, and keeps it if there is room.
    func giveBack(_ memory: ArenaMemory) {
        state.withLock { state in
            state.lentBytes -= memory.bytes
            if state.lentBytes + state.keptBytes + memory.bytes <= bytesMax { state.kept.append(memory) }
        }
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
