import Dispatch
import Synchronization
import Testing

/// Hands values from the threads under test to the test, which waits for them: no sleeps.
final class Inbox<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let count = DispatchSemaphore(value: 0)

    func put(_ value: Value) {
        values.withLock { $0.append(value) }
        count.signal()
    }

    /// The next value, in the order in which they came.
    func take() throws -> Value {
        // Far beyond what any step here takes: it turns a hang into a failure.
        try #require(count.wait(timeout: .now() + .seconds(30)) == .success, "nothing came")
        return values.withLock { $0.removeFirst() }
    }

    /// Takes values until one is as wanted; that one.
    func take(until isWanted: (Value) -> Bool) throws -> Value {
        while true {
            let value = try take()
            if isWanted(value) { return value }
        }
    }
}
