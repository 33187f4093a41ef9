// Goal: frames arrive as they were sent, whole, over ipc, tcp and inproc. Method: one context, both ends in one thread.

import Testing
import ZeroMQ

@Suite("Messages") struct MessageTests {
    @Test("a message and its answer go between a dealer and a router", arguments: ["ipc", "tcp"])
    func roundTrip(transport: String) throws {
        let folder = try Folder()
        let context = try Context()
        let router = try Socket(context, .router)
        let endpoint = try router.bind(transport == "ipc" ? folder.endpoint : "tcp://127.0.0.1:*")
        #expect(!endpoint.hasSuffix("*"))
        let dealer = try Socket(context, .dealer, dealerOptions("worker"))
        try dealer.connect(endpoint)

        try dealer.send([bytes("hello")], timeoutMillis: patienceMillis)
        #expect(try receive(router) == [bytes("worker"), bytes("hello")])
        try router.send([bytes("welcome")], to: bytes("worker"))
        #expect(try receive(dealer) == [bytes("welcome")])
        #expect(try router.receive() == nil)
    }

    @Test("frames keep their number, order and bytes, the empty and the large ones too")
    func multipart() throws {
        let context = try Context()
        let one = try Socket(context, .pair)
        let other = try Socket(context, .pair)
        try one.bind("inproc://multipart")
        try other.connect("inproc://multipart")
        let frames: [[UInt8]] = [
            [], [0], bytes("two"), [UInt8](repeating: 7, count: 1 << 20), [], Array(0...255), [1], [],
        ]
        try one.send(frames)
        #expect(try receive(other) == frames)
    }

    @Test("a message is read in place, frame by frame")
    func inPlace() throws {
        let context = try Context()
        let one = try Socket(context, .pair)
        let other = try Socket(context, .pair)
        try one.bind("inproc://place")
        try other.connect("inproc://place")
        try one.send([bytes("ab"), [], [1, 2, 3]])
        let sums = try other.withMessage(timeoutMillis: patienceMillis) { message in
            #expect(message.count == 3)
            #expect(message.byteCount(ofFrame: 1) == 0)
            return message.withFrame(2) { span in
                (0..<span.byteCount).reduce(0) { $0 + Int(span.unsafeLoad(fromByteOffset: $1, as: UInt8.self)) }
            }
        }
        #expect(sums == 6)
        #expect(try other.withMessage { _ in true } == nil)
    }

    @Test("a message of too many frames is thrown away with an error, and the next one arrives")
    func tooManyFrames() throws {
        let context = try Context()
        var options = SocketOptions()
        options.framesMax = 3
        let one = try Socket(context, .pair)
        let other = try Socket(context, .pair, options)
        try one.bind("inproc://frames")
        try other.connect("inproc://frames")
        try one.send([[1], [2], [3], [4], [5], [6]])
        try one.send([[1], [2], [3]])
        #expect(try code { _ = try other.receive(timeoutMillis: patienceMillis) } == .tooManyFrames(limit: 3))
        #expect(try receive(other) == [[1], [2], [3]])
    }

    @Test("a larger frame than allowed is not received: its sender is disconnected")
    func tooLargeFrame() throws {
        let context = try Context()
        var options = SocketOptions()
        options.frameBytesMax = 1000
        let router = try Socket(context, .router, options)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let monitor = try Monitor(router)
        let dealer = try Socket(context, .dealer, dealerOptions("big"))
        try dealer.connect(endpoint)
        try dealer.send([[UInt8](repeating: 1, count: 1001)], timeoutMillis: patienceMillis)
        _ = try awaitEvent(monitor) { $0 == .disconnected }
        #expect(try router.receive() == nil)
    }

    @Test("a message of no frames is refused")
    func noFrames() throws {
        let dealer = try Socket(try Context(), .dealer)
        #expect(try code { try dealer.send([]) } == .invalidArgument)
    }

    @Test("a closed socket says so, and closing twice is harmless")
    func closed() throws {
        let dealer = try Socket(try Context(), .dealer)
        dealer.close()
        dealer.close()
        #expect(try code { try dealer.send([[1]]) } == .closed)
        #expect(try code { _ = try dealer.receive() } == .closed)
        #expect(try code { try dealer.connect("tcp://127.0.0.1:1") } == .closed)
        let poller = Poller<Int>()
        poller.add(dealer, as: 1)
        #expect(try code { _ = try poller.wait(timeoutMillis: 0) } == .closed)
    }
}
