// Goal: in every interleaving of a small cluster, over the production core, no promise breaks, every interesting case
// is reached, and the job's end stays within reach.
// Method: exhaustive searches. Each configuration is small enough to be searched completely; larger ones are searched
// by `gapless-simulate explore`, as the page beside the module tells.

import ClusterModel
import Exploration
import Testing

@Suite("Every interleaving of a small cluster")
struct SearchTests {
    /// Configurations that are searched completely in the suite.
    static let scopes: [Scope] = Scope.suite

    @Test("P3, O2, O3, O4, W1, W2, W4: nothing breaks, whatever the order", arguments: scopes)
    func search(_ scope: Scope) throws {
        let findings = try Explorer(ClusterModel(scope), statesMax: 400_000).search()
        print("\(scope.name): \(findings.states) states, \(findings.transitions) transitions, depth \(findings.depth)")
        if let counterexample = findings.counterexample { Issue.record("\(scope.name): \(counterexample)") }
        #expect(findings.neverSeen.isEmpty, "\(scope.name): never reached")
    }
}
