// Goal: builds by a program that is made to fail at named points.
// Method: scripts/test builds it with the package trait Faults beside the program under test, in .build-faults; what a
// process of it does wrong is said in its environment, and each failure in a line of its log.
import Foundation
import Testing

/// The program with failpoints.
enum Faulty {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static var program: URL { root.appending(path: ".build-faults/debug/gapless") }

    static var isBuilt: Bool { FileManager.default.isExecutableFile(atPath: program.path) }

    static let howToBuild: Comment =
        "needs: swift build --traits Faults --scratch-path .build-faults --product gapless (scripts/test does it)"
}

extension Cluster {
    /// A table of `records` records with an index declared, of the program with failpoints; ranges are small.
    static func faulty(records: Int) throws -> Cluster {
        let cluster = try Cluster(program: Faulty.program)
        cluster.environment["GAPLESS_RECORDS_PER_RANGE"] = "100"
        try #require(try cluster.run("table", "create", "people", "--key", "id").code == 0)
        let imported = try cluster.run("import", "people", "-", input: Cluster.people(0..<records))
        try #require(imported.code == 0, "\(imported.errors)")
        try #require(try cluster.run("index", "create", "people", "email").code == 0)
        return cluster
    }

    /// Runs `body` with failpoints in force for every process that it starts.
    func failing<R>(_ plan: String, _ body: () throws -> R) rethrows -> R {
        environment["GAPLESS_FAILPOINTS"] = plan
        defer { environment["GAPLESS_FAILPOINTS"] = nil }
        return try body()
    }

    /// A query of this record answers completely or refuses with exit code 75 and no output.
    func expectCompleteOrRefused(_ id: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let asked = try run("query", "people", "email = 'u\(id)@x'", "--select", "id")
        let isComplete = asked.code == 0 && asked.output == "{\"id\":\(id)}\n"
        let isRefused = asked.code == 75 && asked.output.isEmpty
        #expect(isComplete || isRefused, "\(asked)", sourceLocation: sourceLocation)
    }

    /// The index is ready and holds exactly what the records call for.
    func expectWhole(records: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let shown = try json("index", "show", "people.email") as? [String: Any]
        #expect(shown?["state"] as? String == "ready", sourceLocation: sourceLocation)
        #expect(shown?["entries"] as? Int == records, sourceLocation: sourceLocation)
        let check = try run("verify", "people")
        #expect(check.code == 0, "\(check.output)\(check.errors)", sourceLocation: sourceLocation)
    }

    /// How often a build repeated a step, as `index show` tells.
    func retries() throws -> Int {
        let shown = try json("index", "show", "people.email") as? [String: Any]
        return (shown?["job"] as? [String: Any])?["retries"] as? Int ?? 0
    }
}
