internal import CZeroMQ

/// A received message, read in the memory that libzmq received it into; freed when it goes out of scope.
@safe
public struct Message: ~Copyable {
    /// How many frames it has, at least one.
    public private(set) var count = 0

    private var frames: UnsafeMutablePointer<zmq_msg_t>
    private var capacity = 4

    init() {
        unsafe frames = .allocate(capacity: capacity)
    }

    deinit {
        for index in 0..<count {
            // Fails only for a message that was never initialised.
            _ = unsafe zmq_msg_close(frames + index)
        }
        unsafe frames.deallocate()
    }

    /// Runs `body` with the bytes of one frame, which it cannot keep.
    public borrowing func withFrame<Result, Failure: Error>(
        _ index: Int, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition((0..<count).contains(index), "frame \(index) of a message of \(count)")
        let bytes = unsafe UnsafeRawBufferPointer(
            start: zmq_msg_data(frames + index), count: zmq_msg_size(frames + index))
        return try body(unsafe bytes.bytes)
    }

    /// The size of one frame in bytes.
    public borrowing func byteCount(ofFrame index: Int) -> Int {
        withFrame(index) { $0.byteCount }
    }

    /// A copy of one frame.
    public borrowing func bytes(ofFrame index: Int) -> [UInt8] {
        withFrame(index) { span in unsafe span.withUnsafeBytes { unsafe Array($0) } }
    }

    /// A copy of all frames.
    public borrowing func copied() -> [[UInt8]] {
        var all: [[UInt8]] = []
        all.reserveCapacity(count)
        for index in 0..<count { all.append(bytes(ofFrame: index)) }
        return all
    }

    /// Receives one more frame; returns -1 (and `zmq_errno()`) or whether more frames follow.
    mutating func receiveFrame(_ handle: UnsafeMutableRawPointer, _ flags: Int32) -> (result: Int32, more: Bool) {
        if count == capacity { grow() }
        let frame = unsafe frames + count
        // zmq_msg_init never fails.
        _ = unsafe zmq_msg_init(frame)
        let result = unsafe zmq_msg_recv(frame, handle, flags)
        guard result >= 0 else { return (result, false) }
        count += 1
        return (result, unsafe zmq_msg_more(frame) == 1)
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: capacity * 2)
        for index in 0..<count {
            // A message must be moved by the library; initialising and moving a valid one do not fail.
            _ = unsafe zmq_msg_init(larger + index)
            _ = unsafe zmq_msg_move(larger + index, frames + index)
        }
        unsafe frames.deallocate()
        unsafe frames = larger
        capacity *= 2
    }
}
