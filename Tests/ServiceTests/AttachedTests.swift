// Goal: records of another program are read and written over HTTP, and its own form of them stays. Method: a database
// that was filled past Gapless; what was written is read back past Gapless.

import LMDB
import Tables
import Testing
import Values

@testable import Service

@Suite("Attached tables over HTTP")
struct AttachedTests {
    private func prepared() throws -> Site {
        let site = try Site()
        try site.store.environment.write { txn in
            let theirs = try txn.createDatabase("theirs", flags: .integerKeys)
            for number in [5, 300] as [UInt64] {
                let key = withUnsafeBytes(of: number.bigEndian, Array.init)
                try txn.put(key, Array(#"{ "email": "u\#(number)@x" }"#.utf8), in: theirs)
            }
        }
        let field = try FieldPath("key")
        _ = try site.store.write { txn in
            try site.store.attachTable(
                "things", database: "theirs", keys: .u64native, keyField: field, format: .json, in: txn)
        }
        return site
    }

    @Test("the path names the key: the body may leave it out, and must not say another")
    func records() throws {
        let site = try prepared()
        let path = "/tables/things/records/"
        #expect(try site.get(path + "300").text == "{\"key\":300,\"email\":\"u300@x\"}\n")
        #expect(try site.client.send("PUT", path + "7", #"{"email":"new@x"}"#).status == 201)
        #expect(try site.client.send("PUT", path + "7", #"{"email":"newer@x","key":7}"#).status == 200)
        #expect(try site.get(path + "7").text == "{\"key\":7,\"email\":\"newer@x\"}\n")
        let stored = try site.store.read { txn in
            try txn.value(of: [0, 0, 0, 0, 0, 0, 0, 7], in: txn.database("theirs"))
        }
        #expect(stored == Array(#"{"email":"newer@x"}"#.utf8))
        for (key, body) in [("7", #"{"key":8}"#), ("ann", #"{"email":"a"}"#), ("-1", "{}")] {
            let refused = try site.client.send("PUT", path + key, body)
            #expect(refused.status == 422, "\(key)")
            #expect(try refused.error()["code"] as? String == "BAD_RECORD")
        }
        #expect(try site.client.send("DELETE", path + "5", "").status == 200)
        #expect(try site.get(path + "5").status == 404)
        let rows = try site.get("/tables/things/records?order-by=key%20desc")
        #expect(rows.text == "{\"key\":300,\"email\": \"u300@x\" }\n{\"key\":7,\"email\":\"newer@x\"}\n")
    }
}
