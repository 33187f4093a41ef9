// Goal: an import stores what is good, names what is not by file and line, and keeps nothing half. Method: the real
// program on small files, and on one of many batches with a bad line deep in it.
import Foundation
import Testing

@testable import gapless

@Suite("Import and export")
struct ImportTests {
    @Test("what is imported is exported, in key order, from every format")
    func roundTrip() throws {
        let program = try Program()
        for (format, text) in [
            ("ndjson", "{\"id\":2,\"name\":\"B\"}\n\n{\"id\":1,\"name\":\"A\"}"), ("csv", "id,name\n2,B\n1,A\n"),
            ("tsv", "id\tname\n2\tB\n1\tA"),
        ] {
            try program.succeed("table", "create", format, "--key", "id")
            let path = try program.file("people.\(format)", text)
            let result = try program.succeed("import", format, path, "--json").json()
            #expect(result["records"] as? Int == 2 && result["badLines"] as? Int == 0)
            #expect(try program.succeed("export", format).lines == [#"{"id":1,"name":"A"}"#, #"{"id":2,"name":"B"}"#])
        }
        try program.succeed("table", "create", "again", "--key", "id", "--values", "json")
        let exported = try program.succeed("export", "csv").output
        try program.succeed("import", "again", "-", input: exported)
        #expect(try program.succeed("export", "again").output == exported)
    }

    @Test("a name that tells no format is wrong usage")
    func unknownFormat() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        let path = try program.file("people.txt", "{\"id\":1}\n")
        #expect(try program.run("import", "people", path).exitCode == 64)
        #expect(try program.run("import", "people", path, "--format", "ndjson").exitCode == 0)
    }

    /// Files whose third line is bad, and what the message says of it.
    static let badFiles: [(name: String, text: String, says: String)] = [
        ("a.ndjson", "{\"id\":1}\n{\"id\":2}\n{\"id\":3\n{\"id\":4}\n", "a comma or '}'"),
        ("b.ndjson", "{\"id\":1}\n{\"id\":2}\n{\"name\":3}\n", "id"),
        ("c.ndjson", "{\"id\":1}\n{\"id\":2}\n{\"id\":1}\n", "already has a record 1"),
        ("d.csv", "id,name\n1,A\n2\n", "cell"),
        ("e.csv", "id,name\n1,A\n\"2,B\n", "quote"),
        ("f.ndjson", "{\"id\":1}\n{\"id\":2}\n[1]\n", "object"),
    ]

    @Test("a bad line stops with file, line and reason, and nothing of its batch is kept", arguments: badFiles)
    func badLine(_ name: String, _ text: String, _ says: String) throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        let path = try program.file(name, text)
        let outcome = try program.run("import", "people", path)
        #expect(outcome.exitCode == 65 && outcome.output == "")
        #expect(outcome.error.hasPrefix("gapless: \(path), line 3"), "\(outcome.error)")
        #expect(outcome.error.contains(says) && outcome.error.contains("nothing was imported"))
        #expect(try program.succeed("export", "people").output == "")
        let fields = try program.run("import", "people", path, "--json").errorFields()
        #expect(fields["line"] as? Int == 3 && fields["file"] as? String == path && fields["recordsKept"] as? Int == 0)
    }

    @Test("batches before the bad one stay, and the message says up to which line")
    func batchesBefore() throws {
        let program = try Program()
        try program.succeed("table", "create", "numbers", "--key", "id")
        let count = ImportBatch.recordsMax * 2 + 10
        var lines = (1...count).map { "{\"id\":\($0)}" }
        lines[count - 3] = "{\"id\":oops}"
        let path = try program.file("numbers.ndjson", lines.joined(separator: "\n"))
        let outcome = try program.run("import", "numbers", path, "--json")
        #expect(outcome.exitCode == 65)
        let fields = try outcome.errorFields()
        #expect(fields["line"] as? Int == count - 2)
        #expect(fields["recordsKept"] as? Int == ImportBatch.recordsMax * 2)
        #expect((fields["message"] as? String)?.contains("up to line \(ImportBatch.recordsMax * 2),") == true)
        let shown = try program.succeed("table", "show", "numbers", "--json").json()
        #expect(shown["records"] as? Int == ImportBatch.recordsMax * 2)
        // The way on that the message names.
        let rest = (["{\"id\":\(count - 2)}"] + lines.suffix(2)).joined(separator: "\n")
        let first = lines[(ImportBatch.recordsMax * 2)..<(count - 3)].joined(separator: "\n")
        try program.succeed("import", "numbers", "-", input: first + "\n" + rest)
        #expect(try program.succeed("table", "show", "numbers", "--json").json()["records"] as? Int == count)
    }

    @Test("--skip-bad stores all that is good, lists what is bad as it stood, and exits 65")
    func skipBad() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        try program.succeed("put", "people", #"{"id":4,"name":"before"}"#)
        let lines = [
            #"{"id":1}"#, #"{"id": 2,"#, #"{"id":3}"#, #"{ "id" : 4 }"#, #"{"name":"no key"}"#,
            #"{"id":3,"name":"again"}"#,
            #"{"id":5}"#,
        ]
        let path = try program.file("people.ndjson", lines.joined(separator: "\n") + "\n")
        let bad = program.folder.appending(path: "bad.ndjson").path
        let outcome = try program.run("import", "people", path, "--skip-bad", bad)
        #expect(outcome.exitCode == 65)
        #expect(outcome.output.hasPrefix("3 records imported"))
        #expect(outcome.error.contains("4 bad lines") && outcome.error.contains(bad))
        #expect(outcome.error.contains("(the first: line 2, column "))
        #expect(try program.text("bad.ndjson") == [1, 3, 4, 5].map { lines[$0] + "\n" }.joined())
        #expect(
            try program.succeed("export", "people").lines == [
                #"{"id":1}"#, #"{"id":3}"#, #"{"id":4,"name":"before"}"#, #"{"id":5}"#,
            ])
    }

    @Test("the bad lines of a CSV file come with its header, and can be imported once they are mended")
    func skipBadCSV() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        let path = try program.file("people.csv", "id,name\n1,A\n2\n1,\"two\nlines\"\n4,D\n")
        let bad = program.folder.appending(path: "bad.csv").path
        #expect(try program.run("import", "people", path, "--skip-bad", bad).exitCode == 65)
        #expect(try program.text("bad.csv") == "id,name\n2\n1,\"two\nlines\"\n")
        let mended = try program.text("bad.csv").replacing("2\n", with: "2,B\n", maxReplacements: 1).replacing(
            "1,", with: "3,")
        _ = try program.file("mended.csv", mended)
        try program.succeed("import", "people", program.folder.appending(path: "mended.csv").path)
        #expect(try program.succeed("export", "people").lines.count == 4)
    }

    @Test("--skip-bad over many batches: every line is stored or listed, and none twice")
    func skipBadManyBatches() throws {
        let program = try Program()
        try program.succeed("table", "create", "numbers", "--key", "id")
        let count = ImportBatch.recordsMax * 2 + 1000
        let lines = (1...count).map {
            $0 % 1000 == 0 ? "bad \($0)" : $0 % 1000 == 1 && $0 > 1 ? "{\"id\":1,\"n\":\($0)}" : "{\"id\":\($0)}"
        }
        let path = try program.file("numbers.ndjson", lines.joined(separator: "\n") + "\n")
        let bad = program.folder.appending(path: "bad.ndjson").path
        let outcome = try program.run("import", "numbers", path, "--skip-bad", bad)
        #expect(outcome.exitCode == 65)
        let wanted = lines.enumerated().filter {
            ($0.offset + 1) % 1000 == 0 || ($0.offset + 1) % 1000 == 1 && $0.offset > 0
        }
        #expect(try program.text("bad.ndjson") == wanted.map { $0.element + "\n" }.joined())
        let records = try program.succeed("table", "show", "numbers", "--json").json()["records"] as? Int
        #expect(records == count - wanted.count)
    }

    @Test("a file whose every line is refused is listed as it stood, over many blocks and batches")
    func allRefused() throws {
        let program = try Program()
        let filling = String(repeating: "x", count: 120)
        let objects = (1...ImportBatch.recordsMax * 2 + 777).map {
            "{\"id\":\($0),\"t\":\"\(filling.prefix($0 % 120))\"}\n"
        }
        // Cells of several lines: a row is more than a line.
        let rows = (1...ImportBatch.recordsMax + 777).map { "\($0),\"\(filling.prefix($0 % 120))\n\($0)\"\n" }
        for (name, text) in [("a.ndjson", objects.joined()), ("b.csv", "id,t\n" + rows.joined())] {
            let table = String(name.prefix(1))
            try program.succeed("table", "create", table, "--key", "id")
            let path = try program.file(name, text)
            try program.succeed("import", table, path)
            let bad = program.folder.appending(path: "bad").path
            #expect(try program.run("import", table, path, "--skip-bad", bad).exitCode == 65)
            let isSame = try program.text("bad") == text
            #expect(isSame, "the bad lines of \(name) are not the file")
        }
    }

    @Test("the file of bad lines cannot be the file that is imported")
    func skipBadIntoInput() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        let path = try program.file("people.ndjson", "{\"id\":1}\n")
        #expect(try program.run("import", "people", path, "--skip-bad", path).exitCode == 64)
        #expect(try program.text("people.ndjson") == "{\"id\":1}\n")
    }

    @Test("--replace stores in place of records with the same key, the last line winning")
    func replace() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        let path = try program.file("people.ndjson", "{\"id\":2}\n{\"id\":1,\"n\":1}\n{\"id\":1,\"n\":2}\n")
        for _ in 0..<2 {
            try program.succeed("import", "people", path, "--replace")
            #expect(try program.succeed("export", "people").lines == [#"{"id":1,"n":2}"#, #"{"id":2}"#])
        }
    }

    @Test("a header without the key, and a file without a header, import nothing")
    func badHeader() throws {
        let program = try Program()
        try program.succeed("table", "create", "people", "--key", "id")
        for text in ["name\nA\n", ""] {
            let path = try program.file("people.csv", text)
            for options in [[], ["--skip-bad", program.folder.appending(path: "bad.csv").path]] {
                let outcome = try program.run(["import", "people", path] + options)
                #expect(outcome.exitCode == 65 && outcome.error.contains("nothing was imported"), "\(outcome.error)")
            }
        }
    }
}
