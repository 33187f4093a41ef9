internal import CZeroMQ
internal import Glibc

extension Socket {
    /// The next message as copied frames, or nil when none came within `timeoutMillis` (0: none waits; nil: no limit).
    ///
    /// A router's first frame is the routing id of the sender.
    /// - Throws: ``ZeroMQError``: `.tooManyFrames` (that message is gone, the socket goes on), `.terminated`,
    ///   `.closed`.
    @available(*, noasync)
    public func receive(timeoutMillis: Int? = 0) throws(ZeroMQError) -> [[UInt8]]? {
        guard let message = try receiveMessage(timeoutMillis: timeoutMillis) else { return nil }
        switch FaultHook.outcome("zmq.receive", kind) {
        case .fail(let number)?: throw receiveError(number)
        case .lose?: return nil
        case .repeat?, nil: return message.copied()
        }
    }

    /// Runs `body` with the next message without copying it; nil when none came.
    ///
    /// Else as ``receive(timeoutMillis:)``.
    @available(*, noasync)
    public func withMessage<Result>(
        timeoutMillis: Int? = 0, _ body: (borrowing Message) throws -> Result
    ) throws -> Result? {
        guard let message = try receiveMessage(timeoutMillis: timeoutMillis) else { return nil }
        return try body(message)
    }

    /// The next message, owned by the caller; nil when none came.
    ///
    /// Else as ``receive(timeoutMillis:)``.
    @available(*, noasync)
    public func receiveMessage(timeoutMillis: Int? = 0) throws(ZeroMQError) -> Message? {
        let handle = unsafe try openHandle("zmq_msg_recv")
        var message = Message()
        guard var more = unsafe try receiveFirst(handle, into: &message, Deadline(timeoutMillis)) else { return nil }
        while more {
            // The frames of a message come together: nothing is waited for here.
            let received = unsafe message.receiveFrame(handle, ZMQ_DONTWAIT)
            if received.result == -1 {
                let number = zmq_errno()
                if number == EINTR { continue }
                throw receiveError(number)
            }
            more = received.more
            if message.count > options.framesMax {
                if more { unsafe try discardRest(handle) }
                throw ZeroMQError(
                    code: .tooManyFrames(limit: options.framesMax), call: "zmq_msg_recv",
                    context: "receiving at a \(kind.rawValue)")
            }
        }
        return message
    }

    /// nil: nothing came in time; else whether more frames follow.
    private func receiveFirst(
        _ handle: UnsafeMutableRawPointer, into message: inout Message, _ deadline: Deadline
    ) throws(ZeroMQError) -> Bool? {
        while true {
            let timeout = deadline.remainingMillis
            if timeout != receiveTimeoutSet {
                try set(ZMQ_RCVTIMEO, Int(timeout), in: -1...Int(Int32.max), "the time to receive")
                receiveTimeoutSet = timeout
            }
            let received = unsafe message.receiveFrame(handle, 0)
            if received.result >= 0 { return received.more }
            switch zmq_errno() {
            case EAGAIN: return nil
            case EINTR: continue
            case let number: throw receiveError(number)
            }
        }
    }

    private func discardRest(_ handle: UnsafeMutableRawPointer) throws(ZeroMQError) {
        var more = true
        while more {
            var frame = Message()
            let received = unsafe frame.receiveFrame(handle, ZMQ_DONTWAIT)
            if received.result >= 0 {
                more = received.more
            } else {
                let number = zmq_errno()
                if number != EINTR { throw receiveError(number) }
            }
        }
    }

    private func receiveError(_ number: Int32) -> ZeroMQError {
        lastError("zmq_msg_recv", "receiving at a \(kind.rawValue)", number: number)
    }
}
