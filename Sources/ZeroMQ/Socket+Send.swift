internal import CZeroMQ
internal import Glibc

extension Socket {
    /// Queues a message of one or more frames, whole or not at all; a router's first frame is the peer's routing id.
    ///
    /// Queued is not delivered: what is sent in the instant in which a connection ends is lost with it. A router
    /// forgets a peer that left only while it receives, so a thread that sends should receive too.
    /// Waits up to `timeoutMillis` for room (0: not at all; nil: without limit).
    /// - Throws: ``ZeroMQError``: `.wouldBlock` when the queue stays full or (dealer) no peer is connected,
    ///   `.unroutable` (router), `.terminated`, `.closed`. After any error nothing of the message reaches the peer.
    @available(*, noasync)
    public func send(_ frames: [[UInt8]], timeoutMillis: Int? = 0) throws(ZeroMQError) {
        guard let first = frames.first else {
            throw ZeroMQError(code: .invalidArgument, call: "zmq_send", context: "sending a message of no frames")
        }
        switch FaultHook.outcome("zmq.send", kind) {
        case .fail(let number)?: throw sendError(number)
        case .lose?: return
        case .repeat?: try sendOnce(first, frames, timeoutMillis)
        case nil: break
        }
        try sendOnce(first, frames, timeoutMillis)
        _ = FaultHook.outcome("zmq.send.after", kind)
    }

    private func sendOnce(_ first: [UInt8], _ frames: [[UInt8]], _ timeoutMillis: Int?) throws(ZeroMQError) {
        try sendFirst(first, more: frames.count > 1, Deadline(timeoutMillis))
        var failure: ZeroMQError?
        for index in frames.indices.dropFirst() {
            // The room was taken with the first frame: later ones fail only when the connection has just gone. libzmq
            // then swallows the rest up to the last frame, so the rest is still given to it, and the failure reported.
            do throws(ZeroMQError) {
                try sendLater(frames[index], more: index + 1 < frames.count)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// Queues a message for the peer that a router knows as `routingID`; else as ``send(_:timeoutMillis:)``.
    @available(*, noasync)
    public func send(_ frames: [[UInt8]], to routingID: [UInt8], timeoutMillis: Int? = 0) throws(ZeroMQError) {
        try send([routingID] + frames, timeoutMillis: timeoutMillis)
    }

    private func sendFirst(_ frame: [UInt8], more: Bool, _ deadline: Deadline) throws(ZeroMQError) {
        let handle = unsafe try openHandle("zmq_send")
        while true {
            let timeout = deadline.remainingMillis
            if timeout != sendTimeoutSet {
                try set(ZMQ_SNDTIMEO, Int(timeout), in: -1...Int(Int32.max), "the time to send")
                sendTimeoutSet = timeout
            }
            if unsafe Self.sendFrame(handle, frame, more ? ZMQ_SNDMORE : 0) >= 0 { return }
            let number = zmq_errno()
            if number != EINTR { throw sendError(number) }
        }
    }

    private func sendLater(_ frame: [UInt8], more: Bool) throws(ZeroMQError) {
        let handle = unsafe try openHandle("zmq_send")
        while unsafe Self.sendFrame(handle, frame, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) < 0 {
            let number = zmq_errno()
            if number != EINTR { throw sendError(number) }
        }
    }

    private func sendError(_ number: Int32) -> ZeroMQError {
        lastError("zmq_send", "sending from a \(kind.rawValue)", number: number)
    }

    private static func sendFrame(_ handle: UnsafeMutableRawPointer, _ frame: [UInt8], _ flags: Int32) -> Int32 {
        unsafe frame.withUnsafeBytes { unsafe zmq_send(handle, $0.baseAddress, $0.count, flags) }
    }
}

/// When to stop waiting; in milliseconds, as libzmq counts.
struct Deadline {
    private let end: ContinuousClock.Instant?
    private let isNow: Bool

    /// nil: never; 0 or less: at once.
    init(_ timeoutMillis: Int?) {
        isNow = timeoutMillis.map { $0 <= 0 } ?? false
        end = timeoutMillis.map { ContinuousClock.now + .milliseconds(max(0, $0)) }
    }

    /// What is left, rounded up; -1 for ever.
    var remainingMillis: Int32 {
        guard let end else { return -1 }
        if isNow { return 0 }
        let left = ContinuousClock.now.duration(to: end)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        let (millis, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : Int32(clamping: millis + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
