// Goal: records are read and written by their keys as by the commands, with the status and the error that fit.
// Method: a real socket client; what was written is also asked of the store and of an index.

import LMDB
import Tables
import Testing

@testable import Service

@Suite("Records: /tables/T/records/KEY")
struct RecordTests {
    @Test("a record is stored, replaced, read and deleted")
    func life() throws {
        let site = try Site()
        let path = "/tables/people/records/42"
        #expect(try site.client.send("PUT", path, #"{"id":42,"email":"a"}"#).status == 201)
        let replaced = try site.client.send("PUT", path, #"{"id": 42, "email": "b", "tags": ["x", null]}"#)
        #expect(replaced.status == 200)
        #expect(try replaced.json()["record"] as? String == "42")
        let read = try site.get(path)
        #expect(read.status == 200)
        #expect(read.headers["content-type"] == "application/json")
        #expect(read.text == "{\"id\":42,\"email\":\"b\",\"tags\":[\"x\",null]}\n")
        #expect(try site.client.get(path, method: "HEAD").headers["content-length"] == "\(read.body.count)")
        let deleted = try site.client.send("DELETE", path, "")
        #expect(deleted.status == 200)
        #expect(try deleted.json()["deleted"] as? String == "42")
        for method in ["GET", "DELETE"] {
            let gone = try site.client.send(method, path, "")
            #expect(gone.status == 404)
            #expect(try gone.error()["code"] as? String == "NO_SUCH_RECORD")
        }
    }

    @Test("a key is a number or a text as for the commands; one with a slash is written %2F")
    func keys() throws {
        let site = try Site()
        let keys = [("7", "7"), ("%227%22", "\"7\""), ("a%2Fb", "\"a/b\""), ("%C3%BC", "\"ü\""), ("-1.5", "-1.5")]
        for (path, json) in keys {
            let stored = try site.client.send("PUT", "/tables/people/records/\(path)", "{\"id\":\(json)}")
            #expect(stored.status == 201, "\(path): \(stored.text)")
        }
        for (path, json) in keys where path != "7" {
            #expect(try site.get("/tables/people/records/\(path)").text == "{\"id\":\(json)}\n")
        }
        let ambiguous = try site.get("/tables/people/records/7")
        #expect(ambiguous.status == 400)
        #expect(try ambiguous.error()["code"] as? String == "AMBIGUOUS_KEY")
    }

    @Test(
        "what is no record of this key is refused, and nothing is stored",
        arguments: [
            (#"{"id":41}"#, 422, "BAD_RECORD"), (#"{"email":"a"}"#, 422, "BAD_RECORD"), ("[42]", 422, "BAD_RECORD"),
            (#"{"id":42"#, 422, "BAD_RECORD"), ("", 422, "BAD_RECORD"), (#"{"id":42,"id":42}"#, 422, "BAD_RECORD"),
            (#"{"id":[42]}"#, 422, "BAD_RECORD"),
        ])
    func badRecords(_ body: String, _ status: Int, _ code: String) throws {
        let site = try Site()
        let answer = try site.client.send("PUT", "/tables/people/records/42", body)
        #expect(answer.status == status)
        #expect(try answer.error()["code"] as? String == code)
        #expect(try site.get("/tables/people/records").text == "")
    }

    @Test("a body above the limit is refused before it is read; one at the limit is not")
    func size() throws {
        var limits = Connection.Limits()
        limits.bodyBytesMax = 200_000
        let site = try Site(limits: limits)
        let record = { (count: Int) in
            let frame = #"{"id":1,"text":""}"#
            return frame.dropLast(2) + String(repeating: "x", count: count - frame.utf8.count) + "\"}"
        }
        #expect(try site.client.send("PUT", "/tables/people/records/1", String(record(200_000))).status == 201)
        let answer = try site.client.send("PUT", "/tables/people/records/1", String(record(200_001)))
        #expect(answer.status == 413)
        #expect(try answer.error()["code"] as? String == "TOO_LARGE")
    }

    @Test("what does not exist is 404 with its code")
    func missing() throws {
        let site = try Site()
        for (method, path) in [("GET", "records/1"), ("PUT", "records/1"), ("DELETE", "records/1"), ("GET", "records")]
        {
            let answer = try site.client.send(method, "/tables/things/\(path)", #"{"id":1}"#)
            #expect(answer.status == 404)
            #expect(try answer.error()["code"] as? String == "NO_SUCH_TABLE")
        }
        #expect(
            try site.client.send("POST", "/tables/people/records/1", "{}").headers["allow"] == "DELETE, GET, PUT, HEAD")
        #expect(try site.get("/tables/people").status == 404)
    }

    @Test("writes keep every index, ready or coming, as the other ways in do")
    func indexes() throws {
        let site = try Site()
        try site.put(0..<3)
        let email = try site.declare("email")
        try site.publish(email)
        let id = try site.declare("id")
        #expect(try site.client.send("PUT", "/tables/people/records/1", #"{"id":1,"email":"new"}"#).status == 200)
        #expect(try site.client.send("DELETE", "/tables/people/records/2", "").status == 200)
        #expect(try site.client.query(("where", "email = 'new'")).text == "{\"id\":1,\"email\":\"new\"}\n")
        #expect(try site.client.query(("where", "email = 'u1@x'")).text == "")
        #expect(try site.client.query(("where", "email = 'u2@x'")).text == "")
        let delta = try site.store.read { txn in
            try txn.statistics(of: txn.database(Store.deltaDatabase(index: id.id, generation: 1))).entries
        }
        #expect(delta == 2, "the rewritten record and the deleted one")
    }
}
