import Glibc
import Synchronization

/// How far a writer and a builder are, without sleeping: the builder waits until so many more writes are done.
final class Phase: Sendable {
    private let writes = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)

    var hasEnded: Bool { isOver.load(ordering: .acquiring) }
    func end() { isOver.store(true, ordering: .releasing) }
    func wrote() { writes.add(1, ordering: .releasing) }

    func wait(forWrites count: Int) {
        let target = writes.load(ordering: .acquiring) + count
        while writes.load(ordering: .acquiring) < target { sched_yield() }
    }
}

/// A generator whose numbers follow from its seed (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
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

/// Something that one thread waits for and another brings about, once.
final class Signal: Sendable {
    private let isRaised = Atomic<Bool>(false)

    func raise() { isRaised.store(true, ordering: .releasing) }
    func wait() { while !isRaised.load(ordering: .acquiring) { sched_yield() } }
}
