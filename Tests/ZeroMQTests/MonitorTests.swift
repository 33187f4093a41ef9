// Goal: connections, losses and refusals are seen as events, and monitoring never stops a socket from closing.

import Glibc
import Testing
import ZeroMQ

@Suite("Monitor") struct MonitorTests {
    @Test("both ends see the connection come up and go")
    func connectAndDisconnect() throws {
        let context = try Context()
        let router = try Socket(context, .router)
        let routerEvents = try Monitor(router)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        #expect(try awaitEvent(routerEvents) { $0 == .listening }.endpoint == endpoint)
        let dealer = try Socket(context, .dealer, dealerOptions("d"))
        let dealerEvents = try Monitor(dealer)
        try dealer.connect(endpoint)
        _ = try awaitEvent(dealerEvents) { $0 == .connected }
        _ = try awaitEvent(dealerEvents) { $0 == .handshakeSucceeded }
        _ = try awaitEvent(routerEvents) { $0 == .accepted }
        _ = try awaitEvent(routerEvents) { $0 == .handshakeSucceeded }
        dealer.close()
        _ = try awaitEvent(routerEvents) { $0 == .disconnected }
        _ = try awaitEvent(dealerEvents) { $0 == .stopped }
    }

    @Test("a peer that falls silent without closing is noticed by heartbeats")
    func heartbeats() throws {
        let context = try Context()
        var options = SocketOptions()
        options.heartbeat = .init(intervalMillis: 50, timeoutMillis: 100)
        let router = try Socket(context, .router, options)
        let events = try Monitor(router)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let mute = try MutePeer(port: try #require(UInt16(endpoint.split(separator: ":").last ?? "")))
        defer { mute.hangUp() }
        try mute.shakeHands()
        _ = try awaitEvent(events) { $0 == .handshakeSucceeded }
        _ = try awaitEvent(events) { $0 == .disconnected }
    }

    @Test("a peer that never shakes hands is put out after the handshake's time")
    func handshakeTimeout() throws {
        let context = try Context()
        var options = SocketOptions()
        options.handshakeMillisMax = 50
        let router = try Socket(context, .router, options)
        let events = try Monitor(router)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let mute = try MutePeer(port: try #require(UInt16(endpoint.split(separator: ":").last ?? "")))
        defer { mute.hangUp() }
        _ = try awaitEvent(events) { $0 == .accepted }
        let end = try awaitEvent(events) {
            if case .handshakeFailed = $0 { true } else { $0 == .disconnected }
        }
        #expect(end.kind != .handshakeSucceeded)
    }

    @Test("a socket has one monitor at a time, and another after it")
    func single() throws {
        let router = try Socket(try Context(), .router)
        var first: Monitor? = try Monitor(router)
        #expect(try code { _ = try Monitor(router) } == .invalidArgument)
        #expect(try first?.next() == nil)
        first = nil
        let second = try Monitor(router)
        try router.bind("tcp://127.0.0.1:*")
        _ = try awaitEvent(second) { $0 == .listening }
    }

    @Test("thousands of unread events stop neither the socket nor its closing")
    func unread() throws {
        let context = try Context()
        let router = try Socket(context, .router)
        let events = try Monitor(router)
        for _ in 0..<3_000 {
            let endpoint = try router.bind("tcp://127.0.0.1:*")
            try router.unbind(endpoint)
        }
        router.close()
        #expect(try events.next() != nil)
    }
}

/// A TCP peer that can greet as a ZMTP 3.1 dealer of the NULL mechanism and then says nothing more.
struct MutePeer {
    private let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
    }

    func shakeHands() throws {
        var greeting: [UInt8] = [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]
        greeting += bytes("NULL") + [UInt8](repeating: 0, count: 16 + 32)
        let property = [11] + bytes("Socket-Type") + [0, 0, 0, 6] + bytes("DEALER")
        let ready = [5] + bytes("READY") + property
        let all = greeting + [4, UInt8(ready.count)] + ready
        try #require(write(descriptor, all, all.count) == all.count)
    }

    func hangUp() {
        close(descriptor)
    }
}
