// Goal: what cannot be queued is an error, never lost: full queues, absent peers, peers that come back.
// Method: tiny queues and a peer that does not read; events, not pauses, say when a connection is up or gone.

import Testing
import ZeroMQ

@Suite("Delivery") struct DeliveryTests {
    @Test(
        "a dealer whose router does not read gets wouldBlock at the high-water mark, and every accepted message arrives"
    )
    func dealerHighWaterMark() throws {
        let folder = try Folder()
        let context = try Context()
        var small = SocketOptions()
        small.receiveQueueMax = 2
        let router = try Socket(context, .router, small)
        try router.bind(folder.endpoint)
        let dealer = try Socket(context, .dealer, dealerOptions("fast") { $0.sendQueueMax = 2 })
        try dealer.connect(folder.endpoint)

        // Large frames, so that the kernel's buffers end too.
        let padding = [UInt8](repeating: 0, count: 64 << 10)
        try dealer.send([[0, 0], padding], timeoutMillis: patienceMillis)
        var accepted = 1
        let refusal = try code {
            while accepted < 10_000 {
                try dealer.send([[UInt8(accepted >> 8), UInt8(accepted & 255)], padding], timeoutMillis: 50)
                accepted += 1
            }
        }
        #expect(refusal == .wouldBlock)
        #expect(try code { try dealer.send([[9, 9], padding]) } == .wouldBlock)
        for number in 0..<accepted {
            let frames = try receive(router)
            #expect(frames.count == 3 && frames[1] == [UInt8(number >> 8), UInt8(number & 255)])
        }
        try dealer.send([bytes("end")], timeoutMillis: patienceMillis)
        #expect(try receive(router) == [bytes("fast"), bytes("end")])
    }

    @Test("a router gets wouldBlock for a peer that does not read, and still reaches the others")
    func routerHighWaterMark() throws {
        let folder = try Folder()
        let context = try Context()
        var small = SocketOptions()
        small.sendQueueMax = 2
        let router = try Socket(context, .router, small)
        try router.bind(folder.endpoint)
        let slow = try Socket(context, .dealer, dealerOptions("slow") { $0.receiveQueueMax = 2 })
        let quick = try Socket(context, .dealer, dealerOptions("quick"))
        for dealer in [slow, quick] {
            try dealer.connect(folder.endpoint)
            try dealer.send([bytes("here")], timeoutMillis: patienceMillis)
            _ = try receive(router)
        }
        let padding = [UInt8](repeating: 0, count: 64 << 10)
        var accepted = 0
        let refusal = try code {
            while accepted < 10_000 {
                try router.send(
                    [[UInt8(accepted >> 8), UInt8(accepted & 255)], padding], to: bytes("slow"), timeoutMillis: 50)
                accepted += 1
            }
        }
        #expect(refusal == .wouldBlock)
        try router.send([bytes("task")], to: bytes("quick"))
        #expect(try receive(quick) == [bytes("task")])
        for number in 0..<accepted {
            #expect(try receive(slow)[0] == [UInt8(number >> 8), UInt8(number & 255)])
        }
    }

    @Test("a message to a peer that never came is unroutable")
    func unknownPeer() throws {
        let router = try Socket(try Context(), .router)
        try router.bind("tcp://127.0.0.1:*")
        #expect(try code { try router.send([[1]], to: bytes("nobody")) } == .unroutable)
        #expect(try code { try router.send([[1]], to: bytes("nobody"), timeoutMillis: patienceMillis) } == .unroutable)
    }

    @Test("a message to a peer that left is unroutable")
    func departedPeer() throws {
        let context = try Context()
        let router = try Socket(context, .router)
        let monitor = try Monitor(router)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let dealer = try Socket(context, .dealer, dealerOptions("brief"))
        try dealer.connect(endpoint)
        try dealer.send([[1]], timeoutMillis: patienceMillis)
        _ = try receive(router)
        dealer.close()
        _ = try awaitEvent(monitor) { $0 == .disconnected }
        // The event comes from another thread, a moment before the socket itself lets go of the peer,
        // which it does when it comes, in receiving, to the end of what the peer had sent.
        let end = ContinuousClock.now + .milliseconds(patienceMillis)
        var refusal: ZeroMQError.Code?
        while refusal != .unroutable, ContinuousClock.now < end {
            #expect(try router.receive() == nil)
            refusal = try code { try router.send([[1]], to: bytes("brief")) }
        }
        #expect(refusal == .unroutable)
    }

    @Test("a dealer that is not connected gets wouldBlock instead of a queue to nowhere")
    func dealerAlone() throws {
        let folder = try Folder()
        let dealer = try Socket(try Context(), .dealer, dealerOptions("early"))
        try dealer.connect(folder.endpoint)
        #expect(try code { try dealer.send([[1]]) } == .wouldBlock)
        #expect(try code { try dealer.send([[1]], timeoutMillis: 10) } == .wouldBlock)
    }

    @Test("a dealer reconnects by itself after its router starts again", arguments: ["ipc", "tcp"])
    func routerRestarts(transport: String) throws {
        let folder = try Folder()
        let context = try Context()
        let dealer = try Socket(context, .dealer, dealerOptions("steady"))
        let monitor = try Monitor(dealer)
        var endpoint = transport == "ipc" ? folder.endpoint : "tcp://127.0.0.1:*"
        for round in 0..<3 {
            // A context of its own ends with the router, and frees a TCP port before the next round.
            let router = try Socket(try Context(), .router)
            endpoint = try router.bind(endpoint)
            if round == 0 { try dealer.connect(endpoint) }
            // What is sent before may be taken by the queue of the connection that is just ending.
            _ = try awaitEvent(monitor) { $0 == .handshakeSucceeded }
            try dealer.send([[UInt8(round)]], timeoutMillis: patienceMillis)
            #expect(try receive(router) == [bytes("steady"), [UInt8(round)]])
            try router.send([bytes("ok")], to: bytes("steady"))
            #expect(try receive(dealer) == [bytes("ok")])
            router.close()
            _ = try awaitEvent(monitor) { $0 == .disconnected }
        }
    }

    @Test("a newcomer takes over the routing id of a connection that the router still holds")
    func handOver() throws {
        let context = try Context()
        let router = try Socket(context, .router)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let old = try Socket(context, .dealer, dealerOptions("same"))
        try old.connect(endpoint)
        try old.send([bytes("old")], timeoutMillis: patienceMillis)
        #expect(try receive(router) == [bytes("same"), bytes("old")])
        let new = try Socket(context, .dealer, dealerOptions("same"))
        try new.connect(endpoint)
        try new.send([bytes("new")], timeoutMillis: patienceMillis)
        #expect(try receive(router) == [bytes("same"), bytes("new")])
        try router.send([bytes("for the new one")], to: bytes("same"))
        #expect(try receive(new) == [bytes("for the new one")])
    }

    @Test("closing with messages that nobody will take ends within the linger")
    func closingNeverHangs() throws {
        let folder = try Folder()
        let start = ContinuousClock.now
        do {
            let context = try Context()
            let dealer = try Socket(
                context, .dealer,
                dealerOptions("stuck") {
                    $0.isImmediate = false
                    $0.lingerMillis = 100
                })
            try dealer.connect(folder.endpoint)
            try dealer.send([bytes("to nobody")])
        }
        #expect(ContinuousClock.now - start < .milliseconds(patienceMillis))
        var endless = SocketOptions()
        endless.lingerMillis = -1
        #expect(try code { _ = try Socket(try Context(), .dealer, endless) } == .invalidArgument)
    }

    @Test("a message sent just before closing still leaves within the linger")
    func lingering() throws {
        let folder = try Folder()
        let router = try Socket(try Context(), .router)
        try router.bind(folder.endpoint)
        do {
            let dealer = try Socket(try Context(), .dealer, dealerOptions("last") { $0.lingerMillis = patienceMillis })
            try dealer.connect(folder.endpoint)
            try dealer.send([bytes("goodbye")], timeoutMillis: patienceMillis)
        }
        #expect(try receive(router) == [bytes("last"), bytes("goodbye")])
    }
}
