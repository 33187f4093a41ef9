// Goal: the list of failpoints, its page and the code agree: no name without a place, no place without a name.
// Method: the sources of this checkout are read.
import Faults
import Foundation
import Testing

@Suite("Failpoints, page and code agree")
struct AgreementTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All Swift code below Sources but the module of the list itself.
    private static func code() throws -> String {
        let sources = root.appending(path: "Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
        return try paths.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Faults/") }.map { path in
            try String(contentsOf: sources.appending(path: path), encoding: .utf8)
        }.joined()
    }

    /// What stands in the code for a point: its name in a hook's call, its case in a shell's.
    private static func places(of code: String) -> Set<FaultPoint> {
        var found: Set<FaultPoint> = []
        for match in code.matches(of: /injected\(\s*"([^"]+)"|FaultHook\.outcome\(\s*"([^"]+)"/) {
            let name = String(match.output.1 ?? match.output.2 ?? "")
            if let point = FaultPoint(rawValue: name) { found.insert(point) } else { Issue.record("no point \(name)") }
        }
        let cases = Dictionary(uniqueKeysWithValues: FaultPoint.allCases.map { ("\($0)", $0) })
        for match in code.matches(of: /Faults\.(?:point|passed)\(\.(\w+)/) {
            if let point = cases[String(match.output.1)] { found.insert(point) }
        }
        // Every call on a run file goes through one function, which makes the point from the call's name.
        for match in code.matches(of: /checked\("(\w+)"/) {
            for name in ["runs.\(match.output.1)", "runs.\(match.output.1).after"] {
                if let point = FaultPoint(rawValue: name) { found.insert(point) }
            }
        }
        return found
    }

    @Test("every point of the list has a place in the code")
    func everyNameHasAPlace() throws {
        let places = Self.places(of: try Self.code())
        for point in FaultPoint.allCases { #expect(places.contains(point), "\(point.rawValue) is nowhere") }
    }

    @Test("the page lists every point with its meaning, and no other")
    func pageIsComplete() throws {
        let page = try String(
            contentsOf: Self.root.appending(path: "Sources/Faults/Faults.docc/Faults.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.contains(/^\| `[a-z]+\.[a-z.]+` \|/) }.map(String.init)
        #expect(rows == FaultPoint.allCases.map { "| `\($0.rawValue)` | \($0.meaning) |" })
        for error in FaultError.allCases { #expect(page.contains(error.rawValue)) }
    }

    @Test("this build, without the trait, has no failpoints and says so")
    func offByDefault() {
        #if Faults
        #expect(Faults.areCompiledIn)
        #else
        #expect(!Faults.areCompiledIn)
        #endif
    }
}
