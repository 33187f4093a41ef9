internal import Glibc

/// A bounded queue between two threads: the sender waits while it is full, the receiver while it is empty.
public final class Channel<Item>: @unchecked Sendable {  // all state is behind `mutex`; items change hands whole
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let capacity: Int
    private var items: [Item] = []
    private var isClosed = false

    /// A channel that holds at most `capacity` items, at least one; with none every sender would wait for ever.
    public init(capacity: Int) {
        guard capacity > 0 else { fatalError("a channel for \(capacity) items") }
        self.capacity = capacity
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Hands an item over, waiting for room; false if the channel was closed, and the item is not taken.
    @available(*, noasync)
    public func send(_ item: sending Item) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while items.count >= capacity && !isClosed { pthread_cond_wait(changed, mutex) }
        guard !isClosed else { return false }
        items.append(item)
        pthread_cond_broadcast(changed)
        return true
    }

    /// The next item, waiting for one; nil once the channel is closed and empty.
    @available(*, noasync)
    public func receive() -> sending Item? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while items.isEmpty && !isClosed { pthread_cond_wait(changed, mutex) }
        guard !items.isEmpty else { return nil }
        let item = items.removeFirst()
        pthread_cond_broadcast(changed)
        return item
    }

    /// Lets nothing more in and wakes whoever waits; what is inside can still be received. Any thread.
    public func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }
}
