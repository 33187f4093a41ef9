// Goal: indexes over records that py-lmdb wrote are built by real processes, complete or refused by name, and what that
// program wrote is as it was. Method: dumps of its databases before and after, by mdb_dump and by py-lmdb itself.

import Foundation
import Testing

@Suite("Builds over records of another program", .serialized)
struct AttachedBuildTests {
    private static let records = 5_000
    private static let tables = [
        ("words", ["--key", "text", "--values", "json"]), ("native", ["--key", "u64native"]),
        ("big", ["--key", "u64be"]),
    ]

    /// An environment that py-lmdb made; all of its databases are attached, each with an index over emails.
    private func prepared(records: Int = AttachedBuildTests.records) throws -> (Cluster, ForeignProgram) {
        let cluster = try Cluster()
        let foreign = ForeignProgram(directory: cluster.database)
        try foreign.run(
            """
            with env.begin(write=True) as txn:
                for i in range(\(records)): put(txn, i)
            """)
        for (name, kind) in Self.tables {
            let attached = try cluster.run(["table", "attach", name, "--dbi", name] + kind)
            #expect(attached.code == 0, "\(attached.errors)")
            #expect(try cluster.run("index", "create", name, "email").code == 0)
            #expect(try cluster.run("index", "create", name, "tags,key").code == 0)
        }
        return (cluster, foreign)
    }

    /// Builds with many small ranges and two workers until every index is ready or blocked.
    private func build(_ cluster: Cluster) throws {
        let coordinator = try cluster.start("coordinator", "--records-per-range", "300")
        let workers = try (0..<2).map { _ in try cluster.start("worker") }
        try cluster.until("nothing is building") {
            let list = try cluster.json("index", "list") as? [[String: Any]] ?? []
            return list.allSatisfy { $0["state"] as? String != "building" }
        }
        for process in workers + [coordinator] {
            process.terminate()
            process.waitUntilExit()
        }
    }

    @Test("P7: built over many ranges of every kind of key; complete, and nothing that py-lmdb wrote has changed")
    func complete() throws {
        let (cluster, foreign) = try prepared()
        let before = try Self.tables.map { try foreign.dump($0.0) }
        try build(cluster)
        #expect(try Self.tables.map { try foreign.dump($0.0) } == before)
        for (name, _) in Self.tables {
            let ranges = try cluster.json("ranges", "\(name).email") as? [[String: Any]] ?? []
            #expect(ranges.count == 17 && ranges.allSatisfy { $0["state"] as? String == "scanned" }, "\(name)")
            let check = try cluster.run("verify", name)
            #expect(check.code == 0, "\(check.output)\(check.errors)")
            for index in ["email", "tags_key"] {
                let shown = try cluster.json("index", "show", "\(name).\(index)") as? [String: Any]
                #expect(shown?["entries"] as? Int == Self.records, "\(name).\(index)")
            }
            #expect(try cluster.run("query", name, "email = 'u1234@x'").output.contains("\"u1234@x\""))
        }
        let rows = try cluster.run("query", "native", "tags = 't3' AND key BETWEEN 24 AND 10000.5", "--select", "key")
        let wanted = (0..<Self.records).filter { $0 % 5 == 3 && (24...10_000).contains($0 * 3) }
        #expect(rows.output == wanted.map { "{\"key\":\($0 * 3)}\n" }.joined())
        let last = try cluster.run("query", "native", "--order-by", "key", "desc", "--limit", "1", "--select", "key")
        #expect(last.output == "{\"key\":\((Self.records - 1) * 3)}\n")
    }

    @Test("the program keeps working: what it writes past Gapless is found by verify and mended; both read each other")
    func bothWrite() throws {
        let (cluster, foreign) = try prepared(records: 500)
        #expect(try cluster.run("build", "--workers", "2").code == 0)
        try foreign.run(
            """
            with env.begin(write=True) as txn:
                put(txn, 7000)
                txn.put(b'user-000003', json.dumps({'email': 'other@x'}).encode(), db=words)
                txn.delete(struct.pack('=Q', 12), db=native)
            """)
        let check = try cluster.run("verify")
        #expect(check.code == 1, "\(check.output)")
        #expect(try cluster.run("verify", "--repair").code == 0)
        #expect(try cluster.run("verify").code == 0)
        let other = try cluster.run("query", "words", "email = 'other@x'")
        #expect(other.output == "{\"key\":\"user-000003\",\"email\": \"other@x\"}\n")
        #expect(try cluster.run("query", "native", "email = 'u7000@x'").output.hasPrefix("{\"key\":21000,"))
        #expect(try cluster.run("put", "native", #"{"key":18446744073709551615,"email":"new@x"}"#).code == 0)
        #expect(try cluster.run("import", "words", "-", input: #"{"key":"zoe","email":"zoe@x"}"# + "\n").code == 0)
        let read = try foreign.run(
            """
            with env.begin() as txn:
                print(txn.get(struct.pack('=Q', 2**64 - 1), db=native).hex())
                print(txn.get(b'zoe', db=words).decode())
                cursor = txn.cursor(native)
                keys = [struct.unpack('=Q', key)[0] for key, _ in cursor]
                print(len(keys), keys == sorted(keys))
            """)
        #expect(read == "81a5656d61696ca56e65774078\n{\"email\":\"zoe@x\"}\n501 True\n")
        #expect(try cluster.run("verify").code == 0)
    }

    @Test("a stray key is listed, blocks its index alone and heals when it goes; nothing is passed over")
    func stray() throws {
        let (cluster, foreign) = try prepared(records: 2_000)
        try foreign.run(
            "with env.begin(write=True) as txn: txn.put(b'user-00\\xff', b'{\"email\": \"stray@x\"}', db=words)")
        try build(cluster)
        #expect(try cluster.state(of: "words.email") == "blocked")
        #expect(try cluster.state(of: "native.email") == "ready")
        let failures = try cluster.json("index", "failures", "words.email") as? [String: Any]
        let bad = failures?["badRecords"] as? [[String: Any]] ?? []
        #expect(bad.map { $0["record"] as? String } == ["x'757365722d3030ff'"])
        #expect(try cluster.run("query", "words", "email = 'stray@x'").code == 75)
        #expect(try cluster.run("delete", "words", "x'757365722d3030ff'").code == 0)
        #expect(try cluster.run("build").code == 0)
        #expect(try cluster.run("verify", "words").code == 0)
    }

    @Test("S5: an integer key of another size stops the scan by name; with it gone the index is built")
    func strayInteger() throws {
        let (cluster, foreign) = try prepared(records: 2_000)
        try foreign.run("with env.begin(write=True) as txn: txn.put(struct.pack('=I', 77), pack(person(1)), db=native)")
        try build(cluster)
        #expect(try cluster.state(of: "native.email") == "blocked")
        #expect(try cluster.state(of: "big.email") == "ready")
        let failures = try cluster.run("index", "failures", "native.email")
        #expect(failures.output.contains("a key of 4 bytes in native"), "\(failures.output)")
        #expect(try cluster.run("export", "native").code == 74)
        try foreign.run(
            """
            with env.begin(write=True) as txn:
                cursor = txn.cursor(native)
                for key, _ in cursor:
                    if len(key) == 4: cursor.delete(); break
            """)
        for index in ["email", "tags_key"] { #expect(try cluster.run("index", "retry", "native.\(index)").code == 0) }
        try build(cluster)
        #expect(try cluster.run("verify", "native").code == 0)
    }
}
