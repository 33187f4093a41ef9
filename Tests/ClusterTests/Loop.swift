import Foundation

/// A thread that runs processes one after another until it is told to end.
final class Loop: @unchecked Sendable {  // every field is used under the lock only
    private let lock = NSLock()
    private var isOver = false
    private var rounds = 0
    private var failure: (any Error)?
    private let ended = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable (Int) throws -> Void) {
        Thread.detachNewThread { [self] in
            var round = 0
            while lock.withLock({ !isOver && failure == nil }) {
                do {
                    try body(round)
                } catch {
                    lock.withLock { failure = error }
                }
                round += 1
                lock.withLock { rounds = round }
            }
            ended.signal()
        }
    }

    /// Ends it; how often it ran. Throws what the body threw.
    func end() throws -> Int {
        lock.withLock { isOver = true }
        ended.wait()
        return try lock.withLock {
            if let failure { throw failure }
            return rounds
        }
    }
}

// `processes` is changed by `start` only, which these tests call on their own thread.
extension Cluster: @unchecked Sendable {}

extension Cluster {
    /// Runs a command that must succeed, and returns what it printed. Any thread.
    @discardableResult
    func quiet(_ arguments: String...) throws -> String {
        let result = try run(arguments)
        guard result.code == 0 else { throw Short(text: "\(arguments): \(result.code) \(result.errors)") }
        return result.output
    }
}

struct Short: Error {
    var text: String
}
