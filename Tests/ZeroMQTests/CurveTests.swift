// Goal: with CURVE keys, only those get through who hold the right ones; secrets do not get into logs.

import Testing
import ZeroMQ

@Suite("CURVE") struct CurveTests {
    /// Binds a server and connects a client with the given security; returns them with both monitors.
    private func link(
        _ context: Context, _ server: SocketOptions.Security, _ client: SocketOptions.Security
    ) throws -> (router: Socket, routerEvents: Monitor, dealer: Socket, dealerEvents: Monitor) {
        var options = SocketOptions()
        options.security = server
        let router = try Socket(context, .router, options)
        let routerEvents = try Monitor(router)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let dealer = try Socket(context, .dealer, dealerOptions("d") { $0.security = client })
        let dealerEvents = try Monitor(dealer)
        try dealer.connect(endpoint)
        return (router, routerEvents, dealer, dealerEvents)
    }

    private func isHandshakeFailure(_ kind: MonitorEvent.Kind) -> Bool {
        if case .handshakeFailed = kind { true } else { false }
    }

    @Test("a client that knows the server's key is accepted, and messages go both ways")
    func accepted() throws {
        let server = try CurveKeyPair.generate()
        let client = try CurveKeyPair.generate()
        let link = try link(
            try Context(), .curveServer(server, clients: .anyone), .curveClient(client, server: server.publicKey))
        try link.dealer.send([bytes("hello")], timeoutMillis: patienceMillis)
        #expect(try receive(link.router) == [bytes("d"), bytes("hello")])
        try link.router.send([bytes("welcome")], to: bytes("d"))
        #expect(try receive(link.dealer) == [bytes("welcome")])
    }

    @Test("a client with another server's key is refused and nothing of it arrives")
    func wrongServerKey() throws {
        let server = try CurveKeyPair.generate()
        let other = try CurveKeyPair.generate()
        let link = try link(
            try Context(), .curveServer(server, clients: .anyone), .curveClient(other, server: other.publicKey))
        _ = try awaitEvent(link.routerEvents, isHandshakeFailure)
        #expect(try code { try link.dealer.send([[1]]) } == .wouldBlock)
        #expect(try link.router.receive() == nil)
    }

    @Test("a client without keys is refused by a server with keys, and the other way round")
    func oneSided() throws {
        let keys = try CurveKeyPair.generate()
        let plainClient = try link(try Context(), .curveServer(keys, clients: .anyone), .none)
        _ = try awaitEvent(plainClient.routerEvents, isHandshakeFailure)
        #expect(try code { try plainClient.dealer.send([[1]]) } == .wouldBlock)
        let plainServer = try link(try Context(), .none, .curveClient(keys, server: keys.publicKey))
        _ = try awaitEvent(plainServer.routerEvents, isHandshakeFailure)
        #expect(try code { try plainServer.dealer.send([[1]]) } == .wouldBlock)
    }

    @Test("only listed clients are let in", arguments: [true, false])
    func listed(isListed: Bool) throws {
        let context = try Context()
        let server = try CurveKeyPair.generate()
        let client = try CurveKeyPair.generate()
        let friend = isListed ? client : try CurveKeyPair.generate()
        let authenticator = try CurveAuthenticator(context, clients: [friend.publicKey])
        let link = try link(
            context, .curveServer(server, clients: .listed), .curveClient(client, server: server.publicKey))
        let poller = Poller<Int>()
        poller.add(authenticator.source, as: 0)
        #expect(try poller.wait(timeoutMillis: patienceMillis).map(\.id) == [0])
        let decisions = try authenticator.answer()
        #expect(decisions.first?.client == client.publicKey)
        #expect(decisions.first?.isAccepted == isListed)
        #expect(decisions.first?.address == "127.0.0.1")
        if isListed {
            try link.dealer.send([bytes("hello")], timeoutMillis: patienceMillis)
            #expect(try receive(link.router) == [bytes("d"), bytes("hello")])
        } else {
            let event = try awaitEvent(link.routerEvents, isHandshakeFailure)
            #expect(event.kind == .handshakeFailed(.authentication(status: 400)))
            #expect(try code { try link.dealer.send([[1]]) } == .wouldBlock)
        }
    }

    @Test("a server for listed clients lets nobody in while no authenticator runs")
    func noAuthenticator() throws {
        let server = try CurveKeyPair.generate()
        let client = try CurveKeyPair.generate()
        let link = try link(
            try Context(), .curveServer(server, clients: .listed), .curveClient(client, server: server.publicKey))
        _ = try awaitEvent(link.routerEvents, isHandshakeFailure)
        #expect(try code { try link.dealer.send([[1]]) } == .wouldBlock)
    }

    @Test("keys survive their text form, and a secret key's public key can be computed again")
    func text() throws {
        let pair = try CurveKeyPair.generate()
        #expect(try CurveKey(pair.publicKey.description) == pair.publicKey)
        #expect(pair.publicKey.bytes.count == 32)
        #expect(try CurveKeyPair(secret: CurveSecretKey(pair.secret.exposedText)) == pair)
        #expect(try CurveKeyPair.generate() != pair)
    }

    @Test("text that is not a key is refused", arguments: [0, 39, 41])
    func badText(length: Int) throws {
        #expect(try code { _ = try CurveKey(String(repeating: "a", count: length)) } == .invalidArgument)
        #expect(try code { _ = try CurveKey(String(repeating: "~", count: 40)) } == .invalidArgument)
        #expect(try code { _ = try CurveSecretKey(String(repeating: "ä", count: 20)) } == .invalidArgument)
    }

    @Test("printing a secret key tells nothing of it")
    func secrecy() throws {
        let pair = try CurveKeyPair.generate()
        let options = {
            var options = SocketOptions()
            options.security = .curveServer(pair, clients: .anyone)
            return options
        }()
        var dumped = ""
        dump(options, to: &dumped)
        for text in ["\(pair)", String(reflecting: pair), "\(options)", dumped] {
            #expect(!text.contains(pair.secret.exposedText))
            #expect(!text.contains("bytes: [\(pair.secret.exposedText.utf8.count)"))
            #expect(text.contains("secret"))
        }
    }
}
