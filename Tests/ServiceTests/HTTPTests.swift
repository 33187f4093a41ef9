// Goal: whatever bytes come, the server answers with the JSON of every error or closes, and stays up.
// Method: a real socket client that also breaks the protocol; limits made small where they would take long.

import Glibc
import Tables
import Testing

@testable import Service

@Suite("HTTP")
struct HTTPTests {
    @Test("a process that can read the database is alive")
    func alive() throws {
        let site = try Site()
        let answer = try site.get("/healthz")
        #expect(answer.status == 200)
        #expect(try answer.json()["status"] as? String == "alive")
        #expect(answer.headers["content-type"] == "application/json")
    }

    @Test("a path that leads nowhere is 404, a method that a path does not take 405, both as JSON")
    func nowhere() throws {
        let site = try Site()
        for path in ["/nothing", "/healthz/", "/healthz/x", "/%2e%2e/readyz"] {
            let answer = try site.get(path)
            #expect(answer.status == 404)
            #expect(try answer.error()["code"] as? String == "NOT_FOUND")
            #expect(try answer.error()["retryable"] as? Bool == false)
        }
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "get"] {
            let answer = try site.client.get("/readyz", method: method)
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "GET, HEAD")
            #expect(try answer.error()["code"] as? String == "METHOD_NOT_ALLOWED")
        }
    }

    @Test(
        "what is no request is refused with the status that says why",
        arguments: [
            ("GET /healthz\r\n\r\n", 400), ("GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", 505),
            ("GET healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400), ("GET /healthz HTTP/1.1\r\n\r\n", 400),
            ("GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nA b: c\r\n\r\n", 400),
            ("GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
            ("GET /%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", 413),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
            ("PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "x", count: 80_000), 431),
            ("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 200) + "\r\n", 431),
        ])
    func malformed(_ request: String, _ status: Int) throws {
        let site = try Site()
        let answer = try site.client.exchange(request)
        #expect(answer.status == status)
        #expect(answer.headers["connection"] == "close")
        #expect(try answer.error()["message"] is String)
        #expect(try site.get("/healthz").status == 200)
    }

    @Test("requests follow each other on one connection, in pieces and in one piece alike")
    func keepAlive() throws {
        let site = try Site()
        let line = try Line(to: site.process.address)
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for piece in request.map(String.init) { try line.send(piece) }
        #expect(try line.answer().status == 200)
        try line.send(request + "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + request)
        #expect(try line.answer().status == 200)
        #expect(try line.answer(isHead: true).status == 200)
        #expect(try line.answer().status == 200)
        try line.send("GET /healthz HTTP/1.0\r\n\r\n")
        #expect(try line.answer().headers["connection"] == "close")
        #expect(try line.isAtEnd())
    }

    @Test("a client that is slow with its request is told so, and loses its connection")
    func slow() throws {
        var limits = Connection.Limits()
        limits.headMicros = 50_000
        let site = try Site(limits: limits)
        let line = try Line(to: site.process.address)
        try line.send("GET /healthz HTTP/1.1\r\nHost:")
        let answer = try line.answer()
        #expect(answer.status == 408)
        #expect(try answer.error()["retryable"] as? Bool == true)
        #expect(try line.isAtEnd())
    }

    @Test("a connection without requests is closed in the end")
    func idle() throws {
        var limits = Connection.Limits()
        limits.idleMicros = 50_000
        let site = try Site(limits: limits)
        let line = try Line(to: site.process.address)
        #expect(try line.isAtEnd())
    }

    @Test("more connections than the limit are told to try again, and room comes back")
    func tooMany() throws {
        let site = try Site()
        var lines = try (0..<Connections.countMax).map { _ in try Line(to: site.process.address) }
        for line in lines {
            try line.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try line.answer().status == 200)
        }
        let answer = try Line(to: site.process.address).answer()
        #expect(answer.status == 503)
        #expect(try answer.error()["code"] as? String == "BUSY")
        #expect(answer.headers["retry-after"] == "1")
        lines = []
        var status = 503
        while status == 503 { status = try site.get("/healthz").status }
        #expect(status == 200)
    }

    @Test("a stop answers what is under way, closes what is idle, and takes nothing new")
    func stopping() throws {
        let site = try Site()
        let (idle, active) = (try Line(to: site.process.address), try Line(to: site.process.address))
        try idle.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try idle.answer().status == 200)
        try active.send("GET /healthz HTTP/1.1\r\nHost: local")
        let address = site.process.address
        // The server has seen the beginning of the request when it answers one that was sent later.
        #expect(try site.get("/healthz").status == 200)
        site.process.stop()
        #expect(try idle.isAtEnd())
        try active.send("host\r\n\r\n")
        let answer = try active.answer()
        #expect(answer.status == 200)
        #expect(answer.headers["connection"] == "close")
        try site.stop()
        #expect(throws: Client.Refused.self) { try Line(to: address) }
    }

    @Test("a stop does not wait longer than its grace")
    func grace() throws {
        let site = try Site(graceMillis: 50)
        let line = try Line(to: site.process.address)
        try line.send("GET /healthz HTTP/1.1\r\n")
        #expect(try site.get("/healthz").status == 200)
        try site.stop()
        #expect(try line.isAtEnd())
    }

    @Test("it serves at the loopback address of version 6 too, and says the port that it took")
    func version6() throws {
        let site = try Site(http: "[::1]:0")
        #expect(site.process.address.port != 0)
        #expect(site.process.address.description == "[::1]:\(site.process.address.port)")
        #expect(try site.get("/healthz").status == 200)
    }

    @Test("an address in use is an error that names it and says what to do")
    func inUse() throws {
        let site = try Site()
        let error = #expect(throws: ListenError.self) { _ = try Site(http: "\(site.process.address)") }
        #expect(error?.description.contains("\(site.process.address) is in use") == true)
        #expect(error?.description.contains("--http") == true)
    }

    @Test("addresses are read strictly", arguments: ["", "8432", ":8432", "example:80", "1.2.3.4", "[::1]", "::1:80"])
    func addresses(_ text: String) {
        #expect(throws: ListenError.self) { _ = try ListenAddress(text) }
    }
}
