// Goal: the search can fail. Each protection that is taken out, and each defect that is put in, breaks a promise, and
// the search says which by a shortest path. Where two protections guard one promise, either alone is enough.

import ClusterModel
import Exploration
import Testing

@Suite("Every interleaving, with a protection taken out")
struct BreakTests {
    private func scope(_ breaks: Set<Break>, _ configure: (inout Scope) -> Void) -> Scope {
        var scope = Scope("with \(breaks.map(\.rawValue).sorted().joined(separator: ", "))")
        scope.breaks = breaks
        scope.ranges = 2
        configure(&scope)
        return scope
    }

    private func counterexample(of scope: Scope) throws -> Counterexample<ClusterModel>? {
        try Explorer(ClusterModel(scope), statesMax: 200_000).search().counterexample
    }

    private func expectBreach(
        _ breaks: Set<Break>, of promise: String, _ configure: (inout Scope) -> Void
    ) throws {
        let path = try #require(try counterexample(of: scope(breaks, configure)), "nothing was found")
        #expect(path.promise == promise)
        print("\(breaks.map(\.rawValue).sorted()): found by \(path.steps.count) steps")
    }

    @Test("O2: without the epoch's fence a former coordinator changes what is stored")
    func epoch() throws {
        try expectBreach([.noEpochCheck], of: "the coordinator in office knows what is stored") {
            $0.workers = 1
            $0.secondCoordinators = 1
        }
    }

    @Test("O2, W2: without the lease's fence a late loader brings back an entry that was deleted")
    func lease() throws {
        try expectBreach([.noLeaseCheck], of: "a ready index holds exactly the entries of the records") {
            $0.suspicions = 1
            $0.appendMax = 1
            $0.scripts = [[.delete(key: 2)]]
        }
    }

    @Test("O3: with results of any attempt counted, a counted run is not the one that is durable")
    func staleResults() throws {
        let path = try counterexample(
            of: scope([.acceptsStaleResults]) {
                $0.suspicions = 1
                $0.scripts = [[.put(key: 2, value: 1)]]
            })
        #expect(path != nil)
    }

    @Test("P3: a coordinator that speaks before it stores tells what is not true")
    func speaking() throws {
        try expectBreach([.speaksBeforeStoring], of: "what workers are told is true, and no run is written by two") {
            $0.workers = 1
            $0.ranges = 1
            $0.restarts = 1
        }
    }

    @Test("O4, P3: a commit of which half is stored leaves a gap or an overlap")
    func tornCommit() throws {
        try expectBreach([.tornCommits], of: "the ranges tile the key space up to where they have been cut") {
            $0.workers = 1
            $0.ranges = 1
            $0.records = 2
            $0.departures = 1
            $0.restarts = 1
        }
    }

    @Test("W2: without tombstones a rewritten record keeps its old entry")
    func tombstones() throws {
        try expectBreach([.forgetsTombstones], of: "a ready index holds exactly the entries of the records") {
            $0.scripts = [[.put(key: 2, value: 1)]]
        }
    }

    @Test("W4: with the rest of the delta left behind, a write after the last drain is missing")
    func deltaLeft() throws {
        try expectBreach([.publishesWithDelta], of: "a ready index holds exactly the entries of the records") {
            $0.scripts = [[.put(key: 2, value: 1)]]
        }
    }

    @Test("S1, P1: a loader that leaves an entry out is found by what is read back, unless nobody compares")
    func loaderSkips() throws {
        let careless = scope([.loaderSkips]) {
            $0.kills = 1
            $0.appendMax = 1
        }
        #expect(try counterexample(of: careless) == nil)
        try expectBreach(
            [.loaderSkips, .trustsLoaders], of: "a ready index holds exactly the entries of the records"
        ) {
            $0.kills = 1
            $0.appendMax = 1
        }
    }

    @Test("S1: publishing that nobody asked for is refused by the proof, and only by the proof")
    func unasked() throws {
        #expect(try counterexample(of: scope([.publishesUnasked]) { _ in }) == nil)
        #expect(try counterexample(of: scope([.noProof]) { _ in }) == nil)
        try expectBreach([.publishesUnasked, .noProof], of: "a ready index holds exactly the entries of the records") {
            _ in
        }
    }
}
