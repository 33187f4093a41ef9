// Goal: an endpoint that cannot work is refused at once, by a typed error that says why and what to do.

import Glibc
import Testing
import ZeroMQ

@Suite("Endpoints") struct EndpointTests {
    @Test("a socket path longer than the system allows is refused with its length and the limit")
    func tooLong() throws {
        let context = try Context()
        let path = "/tmp/" + String(repeating: "x", count: 103)
        for connect in [false, true] {
            let socket = try Socket(context, .dealer)
            do {
                if connect { try socket.connect("ipc://" + path) } else { try socket.bind("ipc://" + path) }
                Issue.record("a path of \(path.utf8.count) bytes was taken")
            } catch {
                #expect(error.code == .pathTooLong(bytes: 108, limit: 107))
                #expect(error.description.contains("108 bytes"))
                #expect(error.description.contains("107"))
                #expect(error.description.contains("shorter"))
            }
        }
    }

    @Test("a socket path of just the allowed length works")
    func longest() throws {
        let folder = try Folder()
        let name = String(repeating: "n", count: 107 - folder.path.utf8.count - 1)
        let context = try Context()
        let router = try Socket(context, .router)
        try router.bind("ipc://\(folder.path)/\(name)")
        let dealer = try Socket(context, .dealer, dealerOptions("d"))
        try dealer.connect("ipc://\(folder.path)/\(name)")
        try dealer.send([[1]], timeoutMillis: patienceMillis)
        #expect(try receive(router) == [bytes("d"), [1]])
    }

    @Test("an address that a live socket listens on is in use, and its owner keeps it", arguments: ["ipc", "tcp"])
    func inUse(transport: String) throws {
        let folder = try Folder()
        let context = try Context()
        let owner = try Socket(context, .router)
        let endpoint = try owner.bind(transport == "ipc" ? folder.endpoint : "tcp://127.0.0.1:*")
        let second = try Socket(context, .router)
        #expect(try code { try second.bind(endpoint) } == .addressInUse)
        second.close()
        let dealer = try Socket(context, .dealer, dealerOptions("d"))
        try dealer.connect(endpoint)
        try dealer.send([[1]], timeoutMillis: patienceMillis)
        #expect(try receive(owner) == [bytes("d"), [1]])
    }

    @Test("a socket file that a killed process left behind is replaced")
    func stale() throws {
        let folder = try Folder()
        try leaveSocketFile(folder.socketPath)
        let context = try Context()
        let router = try Socket(context, .router)
        try router.bind(folder.endpoint)
        let dealer = try Socket(context, .dealer, dealerOptions("d"))
        try dealer.connect(folder.endpoint)
        try dealer.send([[1]], timeoutMillis: patienceMillis)
        #expect(try receive(router) == [bytes("d"), [1]])
    }

    @Test("a file that is not a socket is neither replaced nor connected to")
    func notSocket() throws {
        let folder = try Folder()
        let file = open(folder.path + "/file", O_CREAT | O_WRONLY, 0o600)
        #expect(write(file, "data", 4) == 4)
        close(file)
        let socket = try Socket(try Context(), .router)
        #expect(try code { try socket.bind("ipc://\(folder.path)/file") } == .pathNotSocket)
        #expect(try code { try socket.connect("ipc://\(folder.path)/file") } == .pathNotSocket)
        var status = stat()
        #expect(lstat(folder.path + "/file", &status) == 0 && status.st_size == 4)
    }

    @Test("the socket file is its owner's only, and is removed on closing")
    func modeAndRemoval() throws {
        let folder = try Folder()
        let router = try Socket(try Context(), .router)
        try router.bind(folder.endpoint)
        var status = stat()
        #expect(lstat(folder.socketPath, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(status.st_mode & S_IFMT == S_IFSOCK)
        router.close()
        #expect(lstat(folder.socketPath, &status) == -1 && errno == ENOENT)
    }

    @Test("closing leaves a socket file alone that someone else made at the same path")
    func foreignFileStays() throws {
        let folder = try Folder()
        let router = try Socket(try Context(), .router)
        try router.bind(folder.endpoint)
        #expect(unlink(folder.socketPath) == 0)
        try leaveSocketFile(folder.socketPath)
        router.close()
        var status = stat()
        #expect(lstat(folder.socketPath, &status) == 0)
    }

    @Test("one router listens at several endpoints of both transports")
    func several() throws {
        let folder = try Folder()
        let context = try Context()
        let router = try Socket(context, .router)
        let endpoints = [try router.bind(folder.endpoint), try router.bind("tcp://127.0.0.1:*")]
        for (place, endpoint) in endpoints.enumerated() {
            let dealer = try Socket(context, .dealer, dealerOptions("d\(place)"))
            try dealer.connect(endpoint)
            try dealer.send([[1]], timeoutMillis: patienceMillis)
            #expect(try receive(router) == [bytes("d\(place)"), [1]])
        }
    }

    @Test("a folder that does not exist and an address of another machine are told apart from a taken one")
    func notAvailable() throws {
        let folder = try Folder()
        let socket = try Socket(try Context(), .router)
        #expect(try code { try socket.bind("ipc://\(folder.path)/none/s") } == .addressNotAvailable)
        #expect(try code { try socket.bind("tcp://192.0.2.1:5555") } == .addressNotAvailable)
    }

    @Test("a folder or socket that this user may not use is a matter of permission")
    func permission() throws {
        let folder = try Folder()
        let socket = try Socket(try Context(), .router)
        let owner = try Socket(try Context(), .router)
        try owner.bind(folder.endpoint)
        // Nobody's eyes for the file system, on this thread only; without root's rights, another user's folder is not
        // at hand.
        guard geteuid() == 0 else { return }
        // The folder may be looked into, so that it is the socket's own mode that keeps nobody out.
        #expect(chmod(folder.path, 0o755) == 0)
        let bind = try filesAsNobody { try socket.bind("ipc://\(folder.path)/new") }
        #expect(bind == .permissionDenied)
        let connect = try filesAsNobody { try socket.connect(folder.endpoint) }
        #expect(connect == .permissionDenied)
    }

    @Test(
        "text that is not an endpoint is refused",
        arguments: [
            "", "ipc://", "tcp://", "localhost:1", "http://x", "tcp://127.0.0.1", "tcp://127.0.0.1:port", "ipc://*",
            "ipc:///tmp/a\u{0}b",
        ])
    func invalid(text: String) throws {
        let socket = try Socket(try Context(), .router)
        #expect(try code { try socket.bind(text) } == .invalidEndpoint)
    }

    @Test("an option outside its range is refused by its name")
    func invalidOption() throws {
        let context = try Context()
        let changes: [(String, (inout SocketOptions) -> Void)] = [
            ("sendQueueMax", { $0.sendQueueMax = 0 }),
            ("lingerMillis", { $0.lingerMillis = SocketOptions.lingerMillisMax + 1 }),
            ("routingID", { $0.routingID = [] }),
            ("routingID", { $0.routingID = [0, 1] }),
            ("heartbeat.timeToLiveMillis", { $0.heartbeat = .init(intervalMillis: 1, timeoutMillis: 9_000_000) }),
            ("framesMax", { $0.framesMax = 0 }),
        ]
        for (name, change) in changes {
            var options = SocketOptions()
            change(&options)
            do {
                _ = try Socket(context, .dealer, options)
                Issue.record("\(name) was taken")
            } catch {
                #expect(error.code == .invalidArgument)
                #expect(error.description.contains(name))
            }
        }
    }
}

/// The code that `body` throws when this thread has the rights of "nobody" at files.
private func filesAsNobody(_ body: () throws -> Void) throws -> ZeroMQError.Code? {
    try System.setFileUser(65_534)
    let result = Result { try code(body) }
    try System.setFileUser(0)
    return try result.get()
}

/// Makes a socket file on which nobody listens.
func leaveSocketFile(_ path: String) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    try #require(result == 0)
}
