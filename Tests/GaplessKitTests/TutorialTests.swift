import Foundation
import GaplessKit
import Testing

/// Goal: the code of GaplessKit's articles compiles, runs, and does what the articles say.
/// Method: each block of Swift in an article is a region of this file, between `// article:` and `// end`, to the
/// letter; the tests run it between their own checks.
@Suite struct TutorialTests {
    // article: types
    struct Contact: Codable, Sendable {
        var id: Int
        var email: String
        var city: String?
        var age: Int?
    }

    let contacts = Table<Contact>("contacts", key: "id")
    // end

    @Test("the tutorial, from an empty folder to an answer")
    func tutorial() throws {
        let scratch = try Scratch()
        let folder = scratch.database
        // article: open
        let database = try Database.open(folder)
        try database.write { txn in
            try txn.create(contacts)
            try txn.declareIndex(on: contacts, "city", "age", name: "by_city")
        }
        // end
        // article: write
        try database.write { txn in
            try txn.put(Contact(id: 1, email: "ann@example.org", city: "Oslo", age: 34), into: contacts)
            try txn.put(Contact(id: 2, email: "bob@example.org", city: "Bergen", age: 27), into: contacts)
            try txn.put(Contact(id: 3, email: "eve@example.org", city: "Oslo"), into: contacts)
        }
        let ann = try database.read { txn in try txn.get(1, from: contacts) }
        // end
        #expect(ann?.email == "ann@example.org")
        // article: ask
        let city = "Oslo"
        func adults(in city: String) throws -> [Contact] {
            try database.read { txn in
                try txn.query(contacts, where: "city = \(city) AND age >= \(18)", orderBy: "age desc")
            }
        }
        do {
            for contact in try adults(in: city) { print(contact.email) }
        } catch let error as DatabaseError where error.isRetryable {
            print("not yet: \(error.message); again in \(error.retryAfter ?? .seconds(1))")
        }
        // end
        #expect(error { try adults(in: city) }?.code == .indexNotReady)
        try BuiltProgram.build(folder)
        // article: wait
        try database.waitForIndex("contacts.by_city", timeout: .seconds(60))
        let found = try adults(in: city)
        // end
        #expect(found.map(\.id) == [1])
        // article: change
        try database.write { txn in
            guard var contact = try txn.get(3, from: contacts) else { return }
            contact.age = 41
            try txn.put(contact, into: contacts)
            try txn.delete(2, from: contacts)
        }
        // end
        #expect(try adults(in: city).map(\.id) == [3, 1])
    }

    @Test("asynchronous code awaits its transactions")
    func asynchronous() async throws {
        let scratch = try Scratch()
        let (folder, contacts) = (scratch.database, contacts)
        // article: async
        let database = try await Database.open(folder)
        try await database.write { txn in _ = try txn.create(contacts) }
        let count = try await database.write { txn in
            try txn.put(Contact(id: 1, email: "ann@example.org"), into: contacts)
            return try txn.count(contacts)
        }
        // end
        #expect(count == 1)
    }

    @Test("records of any shape, a table that other programs read, and an order to the body of a write")
    func others() throws {
        let scratch = try Scratch()
        let database = try Database.open(scratch.database)
        // article: values
        let notes = Table<Value>("notes", key: "id", format: .json, timestamps: ["at"])
        try database.write { txn in
            try txn.create(notes)
            try txn.put(["id": "n1", "tags": ["a", "b"], "at": .timestamp(seconds: 0, nanoseconds: 0)], into: notes)
        }
        let tags = try database.read { txn in try txn.get("n1", from: notes)?["tags"] }
        // end
        #expect(tags == ["a", "b"])
        try database.write { _ = try $0.create(contacts) }
        // article: effects
        let moved = try database.write { txn in
            var moved: [Int] = []  // made anew each time the body runs
            for var contact in try txn.query(contacts, where: "city IS MISSING", allowScan: true) {
                contact.city = "Oslo"
                try txn.put(contact, into: contacts)
                moved.append(contact.id)
            }
            return moved
        }
        print("moved \(moved.count)")  // after the commit, once
        // end
        #expect(moved.isEmpty)
    }

    @Test("every block of Swift in the articles is a region of this file, and every region is shown")
    func blocks() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let regions = Self.regions(of: try String(contentsOf: URL(filePath: #filePath), encoding: .utf8))
        #expect(regions.count >= 8)
        let catalog = root.appending(path: "Sources/GaplessKit/GaplessKit.docc")
        var shown: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: catalog.path) where name.hasSuffix(".md") {
            let page = try String(contentsOf: catalog.appending(path: name), encoding: .utf8)
            for block in Self.blocks(of: page) {
                let region = regions.first { $0.value == block }
                #expect(region != nil, "\(name) has a block that no test compiles:\n\(block)")
                if let region { shown.insert(region.key) }
            }
        }
        #expect(shown == Set(regions.keys))
    }

    /// The code between `// article: NAME` and `// end`, without the indentation of its first line.
    static func regions(of source: String) -> [String: String] {
        var regions: [String: String] = [:]
        var open: (name: String, indent: Int, lines: [Substring])?
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("// article: ") {
                open = (String(text.dropFirst("// article: ".count)), line.count - text.count, [])
            } else if text == "// end", let region = open {
                regions[region.name] = region.lines.joined(separator: "\n")
                open = nil
            } else if let region = open {
                open?.lines.append(line.dropFirst(min(region.indent, line.count)))
            }
        }
        return regions
    }

    /// The blocks of a page that are marked as Swift.
    static func blocks(of page: String) -> [String] {
        page.components(separatedBy: "```swift\n").dropFirst().map { rest in
            rest.components(separatedBy: "\n```")[0]
        }
    }
}
