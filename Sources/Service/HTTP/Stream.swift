internal import Glibc
internal import Runtime

/// The bytes of one connection, with deadlines: nobody can hold a thread by being slow. One thread.
final class Stream {
    /// Why reading or writing ended.
    enum Ending: Error {
        /// The other side is gone, or said nothing more.
        case closed
        /// It took too long.
        case late
        /// The server stops.
        case stopping
    }

    /// How much is read at a time.
    private static let chunkBytes = 1 << 14

    private let descriptor: Int32
    private let stop: Bell
    /// Read and not yet taken.
    private(set) var buffer: ArraySlice<UInt8> = []

    /// A connection's descriptor, which is not blocking and stays its owner's; `stop` rings when the server stops.
    init(_ descriptor: Int32, stop: Bell) {
        self.descriptor = descriptor
        self.stop = stop
    }

    /// Takes the first bytes of what was read.
    func take(_ count: Int) -> ArraySlice<UInt8> {
        let taken = buffer.prefix(count)
        buffer = buffer.dropFirst(count)
        return taken
    }

    /// Waits for more bytes until `deadline`, a moment of `ShellClock.microseconds`.
    ///
    /// - Parameter isIdle: nothing of a request has come yet, so that a stop may end the wait.
    func fill(until deadline: Int64, isIdle: Bool = false) throws(Ending) {
        while true {
            var chunk = [UInt8](repeating: 0, count: Stream.chunkBytes)
            let count = read(descriptor, &chunk, chunk.count)
            if count > 0 {
                buffer = ArraySlice(buffer + chunk[..<count])
                return
            }
            guard count < 0, errno == EAGAIN || errno == EINTR else { throw .closed }
            try wait(for: POLLIN, until: deadline, isStoppable: isIdle)
        }
    }

    /// Writes everything. Every piece that the other side takes gives it `patienceMicroseconds` for the next.
    func write(_ bytes: [UInt8], patienceMicroseconds: Int64) throws(Ending) {
        var start = 0
        var deadline = ShellClock.microseconds() + patienceMicroseconds
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                start += count
                deadline = ShellClock.microseconds() + patienceMicroseconds
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                try wait(for: POLLOUT, until: deadline, isStoppable: false)
            } else {
                throw .closed
            }
        }
    }

    /// Writes as long as there is patience, from which the time that was waited is taken; what was not written.
    func write(_ bytes: [UInt8], within patienceMicroseconds: inout Int64) throws(Ending) -> ArraySlice<UInt8> {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            guard count < 0, errno == EAGAIN || errno == EINTR else { throw .closed }
            guard patienceMicroseconds > 0 else { return rest }
            let start = ShellClock.microseconds()
            do {
                try wait(for: POLLOUT, until: start + patienceMicroseconds, isStoppable: false)
            } catch .late {
                return rest
            }
            patienceMicroseconds -= ShellClock.microseconds() - start
        }
        return rest
    }

    /// Says that nothing more comes, and reads away what still arrives: a socket closed with bytes unread would take
    /// the last answer back (a reset), before the other side has read it.
    func end(until deadline: Int64) {
        shutdown(descriptor, Int32(SHUT_WR))
        var rest = 1 << 20
        buffer = []
        do throws(Ending) {
            while rest > 0 {
                try fill(until: deadline, isIdle: true)
                rest -= buffer.count
                buffer = []
            }
        } catch {
            // However it ended: nothing is left to say to the other side.
            return
        }
    }

    private func wait(for event: Int32, until deadline: Int64, isStoppable: Bool) throws(Ending) {
        let left = deadline - ShellClock.microseconds()
        guard left > 0 else { throw .late }
        var entries = [
            pollfd(fd: descriptor, events: Int16(event), revents: 0),
            pollfd(fd: isStoppable ? stop.descriptor : -1, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&entries, nfds_t(entries.count), Int32(clamping: (left + 999) / 1_000))
        // What has come is still answered.
        if entries[0].revents == 0, entries[1].revents != 0 { throw .stopping }
    }
}
