internal import CZeroMQ
internal import Glibc

/// Waits for any of several sockets and file descriptors; on the thread that owns the sockets.
///
/// `ID` names the entries: a `switch` over what is ready reads well with an enum.
@safe
public final class Poller<ID: Hashable> {
    /// What to wait for, and what came.
    public struct Events: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: Int16
        /// Makes a set of its bits.
        public init(rawValue: Int16) { self.rawValue = rawValue }
        /// A message, or bytes, may be read.
        public static var readable: Events { Events(rawValue: 1) }
        /// There is room to send; a router is always writable, having one queue a peer.
        public static var writable: Events { Events(rawValue: 2) }
        /// A descriptor's other end is gone, or it has an error; comes without being asked for.
        public static var failed: Events { Events(rawValue: 4) }
    }

    private struct Entry {
        let id: ID
        let socket: Socket?
        let descriptor: Int32
        var events: Events
    }

    private var entries: [Entry] = []
    private var items: [zmq_pollitem_t] = unsafe []

    /// Makes a poller of nothing.
    public init() {}

    /// Adds a socket; it is kept open until it is removed or closed.
    public func add(_ socket: Socket, _ events: Events = .readable, as id: ID) {
        insert(Entry(id: id, socket: socket, descriptor: -1, events: events))
    }

    /// Adds a file descriptor: a pipe, an eventfd, a pidfd; the caller keeps it open.
    public func add(descriptor: Int32, _ events: Events = .readable, as id: ID) {
        insert(Entry(id: id, socket: nil, descriptor: descriptor, events: events))
    }

    /// Changes what an entry waits for; false: there is none of that name.
    @discardableResult
    public func update(_ id: ID, _ events: Events) -> Bool {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return false }
        entries[index].events = events
        return true
    }

    /// Removes an entry; false: there is none of that name.
    @discardableResult
    public func remove(_ id: ID) -> Bool {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return false }
        entries.remove(at: index)
        return true
    }

    /// Waits up to `timeoutMillis` (0: not at all; nil: without limit) and returns what is ready, as added.
    ///
    /// Nothing is ready when the time is over or a signal came.
    /// - Throws: ``ZeroMQError``: `.closed` when a socket was closed, `.terminated`, `.system(EBADF)`.
    @available(*, noasync)
    public func wait(timeoutMillis: Int?) throws(ZeroMQError) -> [(id: ID, events: Events)] {
        try prepare()
        let timeout = timeoutMillis.map { max(0, $0) } ?? -1
        let result = unsafe items.withUnsafeMutableBufferPointer {
            unsafe zmq_poll($0.baseAddress, Int32($0.count), timeout)
        }
        if result == -1, zmq_errno() == EINTR { return [] }
        try check(result, "zmq_poll", "waiting for \(entries.count) sockets and descriptors")
        guard result > 0 else { return [] }
        return entries.indices.compactMap { index in
            let events = unsafe Events(rawValue: items[index].revents)
            return events.isEmpty ? nil : (entries[index].id, events)
        }
    }

    private func insert(_ entry: Entry) {
        precondition(!entries.contains { $0.id == entry.id }, "two entries of a poller are named \(entry.id)")
        entries.append(entry)
    }

    private func prepare() throws(ZeroMQError) {
        unsafe items.removeAll(keepingCapacity: true)
        for entry in entries {
            var item = unsafe zmq_pollitem_t()
            unsafe item.socket = try entry.socket?.openHandle("zmq_poll")
            unsafe item.fd = entry.descriptor
            unsafe item.events = entry.events.rawValue
            unsafe items.append(item)
        }
    }
}
