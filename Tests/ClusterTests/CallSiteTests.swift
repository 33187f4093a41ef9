// Goal: an error or a kill at any one call site of a build leaves the index whole, or not ready and with a way out.
// Method: one build for each failpoint and each kind of failure, which strikes once among all processes of the build;
// then a build without failures. A case whose failpoint was not reached fails: it would prove nothing.
import Faults
import Foundation
import Testing

@Suite("Every call site of a build", .serialized, .enabled(if: Faulty.isBuilt, Faulty.howToBuild))
struct CallSiteTests {
    private static let records = 250

    /// Points that a build without other trouble does not pass; they have tests of their own.
    private static let elsewhere: Set<FaultPoint> = [
        .middle, .runsRemove, .lmdbDrop, .lmdbDelete, .ledgerRemove, .failure, .loadLayout, .loadLayoutAfter,
    ]

    private static let points = FaultPoint.allCases.filter { !elsewhere.contains($0) }

    @Test("S2: a passing error at this call site is waited out", arguments: points.filter(\.takesErrors))
    func passingError(_ point: FaultPoint) throws {
        try survive("\(point.rawValue)=error(busy)", point)
    }

    @Test("S2, S6: a lasting error at this call site: whole, or not ready with a way out", arguments: points)
    func lastingError(_ point: FaultPoint) throws {
        guard point.takesErrors else { return }
        try survive("\(point.rawValue)=error(denied)", point)
    }

    @Test("P3, P4: a process killed at this point leaves nothing undone and nothing claimed", arguments: points)
    func killed(_ point: FaultPoint) throws {
        try survive("\(point.rawValue)=abort", point)
    }

    /// A build in which one process meets the failure once, then one in which none does.
    private func survive(_ rule: String, _ point: FaultPoint) throws {
        let cluster = try Cluster.faulty(records: Self.records)
        let mark = cluster.directory + "/mark"
        let children = ["worker", "coordinator"].map { "\(rule)@once:\(mark)@in:\($0)" }.joined(separator: ";")
        let built = try cluster.failing(children) { try cluster.run("build", "--workers", "1") }
        #expect(FileManager.default.fileExists(atPath: mark), "\(point.rawValue) was not reached: \(built.errors)")
        let state = try cluster.state(of: "people.email")
        #expect((built.code == 0) == (state == "ready"), "\(built)")
        try cluster.expectCompleteOrRefused(7)
        guard state != "ready" else { return try cluster.expectWhole(records: Self.records) }
        #expect(try cluster.run("index", "retry", "people.email").code == 0)
        let again = try cluster.run("build", "--workers", "1")
        #expect(again.code == 0, "\(again.errors)")
        try cluster.expectWhole(records: Self.records)
    }
}
