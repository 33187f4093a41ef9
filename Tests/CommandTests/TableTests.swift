// Goal: tables, records and indexes can be made, seen, changed and dropped from the command line. Method: the real
// program.
import Foundation
import Testing

@Suite("Tables, records and indexes by command")
struct TableTests {
    @Test("a table's life")
    func tableLife() throws {
        let program = try Program()
        let created = try program.succeed(
            "table", "create", "events", "--key", "id", "--timestamps", "at", "--values", "json")
        #expect(created.output == "table events created in \(program.database)\n")
        let shown = try program.succeed("table", "show", "events", "--json").json()
        #expect(shown["table"] as? String == "events" && shown["key"] as? String == "id")
        #expect(shown["values"] as? String == "json" && shown["timestamps"] as? [String] == ["at"])
        #expect(shown["records"] as? Int == 0)
        let again = try program.run("table", "create", "events", "--key", "id", "--json")
        #expect(again.exitCode == 64)
        #expect(try again.errorFields()["code"] as? String == "ALREADY_EXISTS")
        try program.succeed("put", "events", #"{"id":1,"at":"2026-01-31T00:00:00Z"}"#)
        #expect(try program.succeed("table", "list").lines.count == 2)
        try program.succeed("table", "drop", "events")
        #expect(try program.succeed("table", "list").output == "no tables\n")
    }

    @Test("a record's life")
    func recordLife() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        #expect(try program.succeed("put", "people", #"{"id":1,"name":"Ann","at":[1.5,null]}"#).output == "")
        #expect(try program.succeed("get", "people", "1").output == "{\"id\":1,\"name\":\"Ann\",\"at\":[1.5,null]}\n")
        try program.succeed("put", "people", #"{"id":1,"name":"Bea"}"#)
        #expect(try program.succeed("get", "people", "1").output == "{\"id\":1,\"name\":\"Bea\"}\n")
        try program.succeed("put", "people", #"{"id":"1","name":"text"}"#)
        #expect(try program.run("get", "people", "1").exitCode == 64, "two records may be meant")
        #expect(try program.succeed("get", "people", "\"1\"").output.contains("text"))
        #expect(try program.succeed("delete", "people", "+1", "--json").json()["deleted"] as? String == "+1")
        #expect(try program.succeed("export", "people").lines == [#"{"id":"1","name":"text"}"#])
    }

    @Test(
        "records that are none are 65 and leave nothing",
        arguments: ["{\"id\":1", "[1]", "7", "{\"name\":1}", "{\"id\":null}", "{\"id\":[1]}", ""])
    func badRecord(_ json: String) throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        let outcome = try program.run("put", "people", json, "--json")
        #expect(outcome.exitCode == 65)
        #expect(try outcome.errorFields()["code"] as? String == "BAD_RECORD")
        #expect(try program.succeed("export", "people").output == "")
    }

    @Test("an index's life; declaring it again with the same meaning does nothing")
    func indexLife() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        #expect(
            try program.succeed("index", "create", "people", "city,age").output.contains("people.city_age declared"))
        let shown = try program.succeed("index", "show", "people.city_age", "--json").json()
        #expect(shown["index"] as? String == "people.city_age" && shown["table"] as? String == "people")
        #expect(shown["name"] as? String == "city_age" && shown["fields"] as? [String] == ["city", "age"])
        #expect(shown["unique"] as? Bool == false && shown["nulls"] as? Bool == true)
        #expect(shown["state"] as? String == "building" && shown["generation"] as? Int == 1)
        #expect(shown["entries"] as? Int == 0 && shown["builtBy"] as? String == "1.0.0")
        #expect(shown["reason"] as? String == "created" && shown["createdAt"] is String)
        let blocked = try #require(shown["blockedBy"] as? [String: Any])
        #expect(blocked["badRecords"] as? Int == 0 && blocked["uniqueViolations"] as? Int == 0)
        #expect(try program.succeed("index", "create", "people", "city,age").output.contains("nothing done"))
        #expect(try program.succeed("index", "create", "people", "city,age", "--if-not-exists").output == "")
        let other = try program.run("index", "create", "people", "age,city", "--name", "city_age", "--json")
        #expect(try other.exitCode == 64 && other.errorFields()["code"] as? String == "ALREADY_EXISTS")
        #expect(try program.succeed("index", "list").lines.count == 2)
        try program.succeed("index", "drop", "people.city_age")
        #expect(try program.succeed("index", "list").output == "no indexes\n")
        #expect(try program.succeed("index", "create", "people", "city,age").output.contains("declared"))
    }

    @Test("queries: selection, order, limit, offset, fields")
    func queries() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        for (id, age) in [(1, 30), (2, 20), (3, 40)] {
            try program.succeed("put", "people", "{\"id\":\(id),\"age\":\(age)}")
        }
        let query = { (arguments: [String]) in
            try program.run(["query", "people"] + arguments + ["--allow-scan"]).lines
        }
        #expect(try query(["age > 20", "--select", "id"]) == [#"{"id":1}"#, #"{"id":3}"#])
        #expect(
            try query(["--order-by", "age", "desc", "--select", "id", "--limit", "2"]) == [#"{"id":3}"#, #"{"id":1}"#])
        #expect(try query(["--order-by", "age", "age >= 20", "--select", "id", "--offset", "2"]) == [#"{"id":3}"#])
        #expect(try query(["--order-by", "age desc", "--limit", "1", "--select", "age"]) == [#"{"age":40}"#])
        #expect(try program.succeed("query", "people", "id BETWEEN 2 AND 3").lines.count == 2)
        let plan = try program.succeed("query", "people", "id = 2", "--explain", "--json").json()
        #expect(plan["plan"] is [Any] && plan["filter"] as? String == "id = 2" && plan["estimatedRecords"] as? Int == 1)
        let wrong = try program.run("query", "people", "age = ", "--json")
        #expect(try wrong.exitCode == 64 && wrong.errorFields()["code"] as? String == "BAD_QUERY")
    }

    @Test("verify says which indexes it could not check")
    func verify() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        #expect(try program.succeed("verify").output == "people: no indexes\n")
        try program.succeed("index", "create", "people", "age")
        #expect(try program.succeed("verify", "people").output == "people.age: not ready, not checked\n")
        #expect(try program.succeed("verify", "--json").json()["indexes"] is [Any])
    }
}
