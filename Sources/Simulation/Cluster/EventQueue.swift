/// What will happen, by time; of two at the same time the one that was added first.
struct EventQueue {
    private struct Node {
        var time: Int64
        var sequence: UInt32
        var slot: Int32
    }

    private var heap: [Node] = []
    private var slots: [Happening] = []
    private var free: [Int32] = []
    private var sequence: UInt32 = 0

    var count: Int { heap.count }
    var nextTime: Int64? { heap.first?.time }

    mutating func add(_ happening: Happening, at time: Int64) {
        let slot: Int32
        if let last = free.popLast() {
            slot = last
            slots[Int(slot)] = happening
        } else {
            slot = Int32(slots.count)
            slots.append(happening)
        }
        sequence &+= 1
        heap.append(Node(time: time, sequence: sequence, slot: slot))
        rise(heap.count - 1)
    }

    mutating func next() -> (time: Int64, happening: Happening)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        let happening = slots[Int(first.slot)]
        slots[Int(first.slot)] = .nothing
        free.append(first.slot)
        return (first.time, happening)
    }

    private static func precedes(_ left: Node, _ right: Node) -> Bool {
        left.time != right.time ? left.time < right.time : left.sequence < right.sequence
    }

    private mutating func rise(_ place: Int) {
        var place = place
        let node = heap[place]
        while place > 0 {
            let parent = (place - 1) / 2
            guard EventQueue.precedes(node, heap[parent]) else { break }
            heap[place] = heap[parent]
            place = parent
        }
        heap[place] = node
    }

    private mutating func sink() {
        var place = 0
        let node = heap[0]
        let count = heap.count
        while true {
            var child = 2 * place + 1
            guard child < count else { break }
            if child + 1 < count, EventQueue.precedes(heap[child + 1], heap[child]) { child += 1 }
            guard EventQueue.precedes(heap[child], node) else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = node
    }
}
