// Goal: indexes are declared, shown and dropped over HTTP as by the commands. Method: a real socket client.

import Foundation
import Tables
import Testing

@testable import Service

@Suite("Indexes: /tables/T/indexes")
struct IndexTests {
    private let path = "/tables/people/indexes"

    @Test("an index is declared once, shown with its state, listed and dropped")
    func life() throws {
        let site = try Site()
        let declared = try site.client.send("POST", path, #"{"fields":["email"]}"#)
        #expect(declared.status == 201)
        #expect(declared.headers["location"] == "/tables/people/indexes/email")
        #expect(try declared.json()["index"] as? String == "people.email")
        #expect(try declared.json()["state"] as? String == "building")
        let again = try site.client.send("POST", path, #"{"nulls":"true","field":"email"}"#)
        #expect(again.status == 200)
        let shown = try site.get(path + "/email")
        #expect(shown.status == 200)
        #expect(try shown.json()["fields"] as? [String] == ["email"])
        #expect(try shown.json()["generation"] as? Int == 1)
        let list = try JSONSerialization.jsonObject(with: Data(site.get(path).body)) as? [[String: Any]]
        #expect(list?.map { $0["name"] as? String } == ["email"])
        let dropped = try site.client.send("DELETE", path + "/email", "")
        #expect(dropped.status == 200)
        #expect(try dropped.json()["dropped"] as? String == "people.email")
        #expect(try site.get(path + "/email").status == 404)
        #expect(try site.client.send("POST", path, #"{"fields":"email"}"#).status == 201)
    }

    @Test(
        "what cannot be declared is refused with its code, and nothing is declared",
        arguments: [
            (#"{"fields":["id"],"name":"email"}"#, 409, "ALREADY_EXISTS"), (#"{"fields":[]}"#, 400, "BAD_DEFINITION"),
            (#"{"fields":["a"],"uniq":1}"#, 400, "BAD_DEFINITION"), ("", 400, "BAD_DEFINITION"),
            (#"{"fields":["a"],"name":"a b"}"#, 400, "BAD_NAME"), ("[1]", 400, "BAD_DEFINITION"),
            ("{", 400, "BAD_DEFINITION"),
        ])
    func refusals(_ body: String, _ status: Int, _ code: String) throws {
        let site = try Site()
        try site.declare("email")
        let answer = try site.client.send("POST", path, body)
        #expect(answer.status == status)
        #expect(try answer.error()["code"] as? String == code)
        #expect(try site.store.read { try site.store.catalog(in: $0).indexes.count } == 1)
    }

    @Test("what does not exist is 404 with its code")
    func missing() throws {
        let site = try Site()
        let cases = [
            ("GET", path + "/none", "NO_SUCH_INDEX"), ("DELETE", path + "/none", "NO_SUCH_INDEX"),
            ("GET", "/tables/things/indexes", "NO_SUCH_TABLE"), ("GET", "/tables/things/indexes/a", "NO_SUCH_TABLE"),
            ("POST", "/tables/things/indexes", "NO_SUCH_TABLE"),
        ]
        for (method, path, code) in cases {
            let answer = try site.client.send(method, path, #"{"fields":["a"]}"#)
            #expect(answer.status == 404)
            #expect(try answer.error()["code"] as? String == code)
        }
    }
}
