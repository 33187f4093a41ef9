// Goal: an answer is complete, or the client sees that it is not; its length costs neither memory nor old snapshots.
// Method: a real socket client that reads slowly or not at all, and damage put between the records.

import Glibc
import LMDB
import Runtime
import Synchronization
import Tables
import Testing
import Values
import TestSupport

@testable import Service

@Suite("Queries: /tables/T/records")
struct QueryTests {
    /// A site whose index on email is ready.
    private func prepared(_ count: Int) throws -> Site {
        let site = try Site()
        try site.put(0..<count)
        try site.publish(try site.declare("email"))
        return site
    }

    @Test("conditions, order, limit, offset and fields are those of the command")
    func parameters() throws {
        let site = try prepared(20)
        let all = (0..<20).map { "{\"id\":\($0),\"email\":\"u\($0)@x\"}\n" }
        #expect(try site.client.query().text == all.joined())
        #expect(try site.client.query(("where", "email = 'u7@x'")).text == all[7])
        #expect(
            try site.client.query(("where", "email IN ('u3@x', 'u5@x')"), ("select", "id")).text
                == "{\"id\":3}\n{\"id\":5}\n")
        let page = try site.client.query(
            ("where", "email >= 'u'"), ("order-by", "email desc"), ("limit", "2"), ("offset", "1"))
        #expect(page.text == all[8] + all[7])
        #expect(page.headers["content-type"] == "application/x-ndjson")
        #expect(try site.client.query(("where", "email = 'none'")).text == "")
    }

    @Test("Accept decides between a record a line and one array")
    func accept() throws {
        let site = try prepared(3)
        let array = "[{\"id\":0}\n,{\"id\":1}\n,{\"id\":2}\n]\n"
        let lines = "{\"id\":0}\n{\"id\":1}\n{\"id\":2}\n"
        for (accept, text) in [
            ("application/json", array), ("*/*", lines), ("text/html, application/json;q=0.5", array),
            ("application/json; q=0.2, application/x-ndjson", lines), ("application/x-ndjson", lines),
        ] {
            #expect(try site.client.query(("select", "id"), accept: accept).text == text, "\(accept)")
        }
        #expect(try site.client.query(("where", "email = 'none'"), accept: "application/json").text == "[]\n")
    }

    @Test(
        "R3: an index that does not answer is refused over HTTP with a typed, retryable error; a scan must be asked for"
    )
    func refusals() throws {
        let site = try Site()
        try site.put(0..<3)
        let index = try site.declare("email")
        for code in ["INDEX_NOT_READY", "INDEX_BLOCKED"] {
            for method in ["GET", "HEAD"] {
                let answer = try site.client.get(
                    "/tables/people/records?where=email='u1@x'".replacing("'", with: "%27"), method: method)
                #expect(answer.status == 503)
                #expect(Int(answer.headers["retry-after"] ?? "") ?? 0 > 0)
            }
            let error = try site.client.query(("where", "email = 'u1@x'")).error()
            #expect(error["code"] as? String == code)
            #expect(error["retryable"] as? Bool == true)
            #expect(error["index"] as? String == "people.email")
            #expect(error["state"] as? String == (code == "INDEX_BLOCKED" ? "blocked" : "building"))
            try site.store.write { try site.store.setBlocked(index, generation: 1, reason: "test", in: $0) }
        }
        let scanned = try site.client.query(("where", "email = 'u1@x'"), ("allow-scan", "true"))
        #expect(scanned.text == "{\"id\":1,\"email\":\"u1@x\"}\n")
        let none = try site.client.query(("where", "age = 1"))
        #expect(none.status == 409)
        #expect(try none.error()["code"] as? String == "NO_INDEX")
    }

    @Test(
        "what is no query is refused, and says what is wrong",
        arguments: [
            ("where=email+%3D", "BAD_QUERY"), ("order-by=", "BAD_QUERY"), ("limit=-1", "BAD_REQUEST"),
            ("limit=many", "BAD_REQUEST"), ("offset=1.5", "BAD_REQUEST"), ("limit=1&limit=2", "BAD_REQUEST"),
            ("wher=a", "BAD_REQUEST"), ("allow-scan=perhaps", "BAD_REQUEST"),
        ])
    func badQueries(_ query: String, _ code: String) throws {
        let answer = try prepared(1).get("/tables/people/records?\(query)")
        #expect(answer.status == 400)
        #expect(try answer.error()["code"] as? String == code)
    }

    @Test("a long answer comes in chunks, or for an old client with its length: whole in both cases")
    func long() throws {
        let site = try Site()
        try site.put(0..<5_000)
        let wanted = (0..<5_000).map { "{\"id\":\($0),\"email\":\"u\($0)@x\"}\n" }.joined()
        #expect(wanted.utf8.count > 2 * BodyWriter.chunkBytes)
        let chunked = try site.get("/tables/people/records")
        #expect(chunked.headers["transfer-encoding"] == "chunked")
        #expect(chunked.text == wanted)
        let old = try site.client.exchange("GET /tables/people/records HTTP/1.0\r\n\r\n")
        #expect(old.headers["content-length"] == "\(wanted.utf8.count)")
        #expect(old.text == wanted)
        let line = try Line(to: site.process.address)
        for _ in 0..<2 {
            try line.send("GET /tables/people/records HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try line.answer().body.count == wanted.utf8.count)
        }
    }

    @Test("L5: a client that does not read holds no snapshot: the rest waits in a file, and arrives whole")
    func slowReader() throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        var limits = Connection.Limits()
        limits.snapshotMicros = 20_000
        let request = HTTPRequest(method: "GET", path: [])
        let response = HTTPResponse(status: 200, type: "text/plain", body: [])
        let writer = BodyWriter(
            Stream(ends[0], stop: try Bell()), response, for: request, keepsAlive: true, spoolFolder: "/tmp", limits)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        // Nobody reads: this returns because the bytes go elsewhere.
        for _ in 0..<1_000 { try writer.write { $0 += piece } }
        let (writing, reading) = (ends[0], ends[1])
        let read = Background {
            var count = 0
            var tail: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let got = Glibc.read(reading, &chunk, chunk.count)
                if got == 0 { return (count, String(decoding: tail, as: UTF8.self)) }
                if got < 0 { sched_yield() }
                guard got > 0 else { continue }
                count += chunk[..<got].count { $0 == UInt8(ascii: "x") }
                tail = Array((tail + chunk[..<got]).suffix(5))
            }
        }
        try writer.finish()
        shutdown(writing, Int32(SHUT_WR))
        let (count, tail) = try read.result()
        // The head has one too, in text/plain.
        #expect(count == 10_000_001)
        #expect(tail == "0\r\n\r\n")
    }

    @Test(
        "a client that takes nothing of its answer loses its connection: it holds no thread for ever",
        .timeLimit(.minutes(2)))
    func deafClient() throws {
        var limits = Connection.Limits()
        limits.snapshotMicros = 10_000
        limits.writeMicros = 50_000
        let site = try Site(limits: limits)
        try site.put(0..<3_000, pad: 3_000)
        let line = try Line(to: site.process.address)
        try line.send("GET /tables/people/records HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try line.peek()
        // Its thread ends although nobody reads.
        while site.process.connectionsCount > 0 { sched_yield() }
        #expect(throws: Client.Refused.self) { try line.answer() }
    }

    @Test("damage in the middle of an answer: a typed error while nothing was sent, else an answer without its end")
    func damage() throws {
        let site = try Site()
        try site.put(0..<5)
        try site.store.write { txn in
            let table = try site.store.table("people", in: txn)
            let key = try KeyEncoding.primaryKey(.int(1_000_000))
            try txn.put(key, [0xc1], in: site.store.records(of: table, in: txn))
        }
        let short = try site.get("/tables/people/records")
        #expect(short.status == 422)
        #expect(try short.error()["code"] as? String == "BAD_RECORD")
        #expect(try short.error()["record"] as? String == "1000000")
        try site.put(0..<5_000)
        #expect(throws: Client.Refused.self) { try site.get("/tables/people/records") }
        // An old client sees nothing of it.
        #expect(try site.client.exchange("GET /tables/people/records HTTP/1.0\r\n\r\n").status == 422)
        #expect(try site.get("/healthz").status == 200)
    }

    @Test("one answer has one snapshot: what is written while it is sent is not in it")
    func snapshot() throws {
        let site = try Site()
        // More than the buffers between server and client hold: the answer is not all on its way yet.
        try site.put(0..<3_000, pad: 3_000)
        let line = try Line(to: site.process.address)
        try line.send("GET /tables/people/records HTTP/1.1\r\nHost: localhost\r\n\r\n")
        // Something has arrived: the snapshot is taken.
        try line.peek()
        try site.put(3_000..<3_100)
        #expect(try line.answer().text.split(separator: "\n").count == 3_000)
    }
}
