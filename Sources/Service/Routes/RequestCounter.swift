internal import Synchronization

/// How many requests were answered with which status, since this process began.
final class RequestCounter: Sendable {
    private let byStatus = Mutex<[Int: UInt64]>([:])

    func count(status: Int) {
        byStatus.withLock { $0[status, default: 0] += 1 }
    }

    /// By status, in order.
    var counts: [(status: Int, count: UInt64)] {
        byStatus.withLock { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }
}
