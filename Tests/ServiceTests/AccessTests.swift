// Goal: nobody reads or writes who may not. Method: requests with and without the token, from and for other names.

import Foundation
import Tables
import Testing

@testable import Service

@Suite("Access")
struct AccessTests {
    private static let token = "0123456789abcdef-token"

    @Test("beyond this machine nothing is served without a token", arguments: ["0.0.0.0:0", "[::]:0", "10.0.0.1:0"])
    func beyond(_ http: String) throws {
        let error = #expect(throws: GaplessError.self) { _ = try Site(http: http) }
        #expect(error?.code == .notPermitted)
        #expect(error?.message.contains("--token-file") == true)
    }

    @Test("with a token every request must carry it")
    func token() throws {
        let site = try Site(http: "0.0.0.0:0", token: Self.token)
        let client = Client(address: try ListenAddress("127.0.0.1:\(site.process.address.port)"))
        for path in ["/healthz", "/readyz", "/status", "/metrics", "/nothing"] {
            let refused = try client.get(path)
            #expect(refused.status == 401)
            #expect(refused.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
            #expect(try refused.error()["code"] as? String == "NOT_PERMITTED")
        }
        let wrong = [
            "Bearer", "Bearer x", "Basic \(Self.token)", "Bearer \(Self.token)x", "Bearer \(Self.token.dropLast())",
        ]
        for header in wrong { #expect(try client.get("/healthz", "Authorization: \(header)").status == 401) }
        #expect(try client.get("/healthz", "Authorization: Bearer \(Self.token)").status == 200)
        #expect(try client.get("/healthz", "authorization: bearer \(Self.token)").status == 200)
    }

    @Test("probes may be opened; nothing else is then")
    func openProbes() throws {
        let site = try Site(token: Self.token, opensProbes: true)
        #expect(try site.get("/healthz").status == 200)
        #expect(try site.get("/readyz").status == 200)
        #expect(try site.get("/status").status == 401)
        #expect(try site.get("/metrics").status == 401)
    }

    @Test("without a token, a name of some other site that leads here is refused")
    func rebinding() throws {
        let site = try Site()
        let request = { (host: String) in "GET /status HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n" }
        for host in ["localhost", "localhost:8432", "127.0.0.1:1", "[::1]:8432", "10.1.2.3"] {
            #expect(try site.client.exchange(request(host)).status == 200, "\(host)")
        }
        for host in ["evil", "evil:8432", "127.0.0.1.evil", "localhost.evil"] {
            let answer = try site.client.exchange(request(host))
            #expect(answer.status == 403, "\(host)")
            #expect(try answer.error()["code"] as? String == "NOT_PERMITTED")
        }
    }

    @Test("without a token, a page of another site can change nothing")
    func otherSites() throws {
        let site = try Site()
        let body = #"{"fields":["email"]}"#
        let request = { (origin: String) in
            "POST /tables/people/indexes HTTP/1.1\r\nHost: localhost:1\r\nOrigin: \(origin)\r\nConnection: close\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
        for origin in ["http://evil", "null", "http://localhost:2"] {
            #expect(try site.client.exchange(request(origin)).status == 403, "\(origin)")
        }
        #expect(try site.get("/tables/people/indexes").text == "[]\n")
        #expect(try site.client.exchange(request("http://localhost:1")).status == 201)
    }

    @Test("a token file is for few eyes, holds one token, and says what is wrong with it")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gapless-token-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            // What cannot be removed stays in the folder of temporary files; no test depends on it.
            try? FileManager.default.removeItem(at: folder)
        }
        let path = folder.appending(path: "token").path
        let write = { (text: String, mode: Int) in
            try Data(text.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        try write(" \(Self.token)\n", 0o600)
        #expect(try AccessToken.read(path).admits("Bearer \(Self.token)"))
        try write(Self.token, 0o640)
        #expect(try AccessToken.read(path).admits("Bearer \(Self.token)"))
        let cases = [
            (Self.token, 0o644, "chmod"), ("", 0o600, "one token"), ("short", 0o600, "characters"),
            ("a b", 0o600, "one token"),
        ]
        for (text, mode, hint) in cases {
            try write(text, mode)
            let error = #expect(throws: GaplessError.self) { _ = try AccessToken.read(path) }
            #expect(error?.code == .notPermitted)
            #expect(error?.message.contains(hint) == true, "\(error?.message ?? "")")
        }
        #expect(throws: GaplessError.self) { _ = try AccessToken.read(folder.path) }
        #expect(throws: GaplessError.self) { _ = try AccessToken.read(path + "-none") }
    }
}
