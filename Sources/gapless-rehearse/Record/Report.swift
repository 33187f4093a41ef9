import Foundation
import Synchronization

/// What a rehearsal found: figures, and each promise with what spoke against it.
struct Report: Encodable, Sendable {
    /// What must hold whatever happens to processes.
    enum Promise: String, CaseIterable, Codable, CodingKeyRepresentable {
        case answers = "every query is complete or refused with exit code 75"
        case durable = "no durable range is scanned again without a named reason"
        case leaving = "every process asked to stop leaves in time with exit code 0, and none ends unasked"
        case writes = "every write of the application is done"
        case versions = "a process of another version is refused by name, and serves again after the upgrade"
        case ready = "the index becomes ready, and verify finds nothing missing, dangling or stale"
    }

    /// One promise.
    struct Verdict: Encodable, Sendable {
        let promise: String
        let isKept: Bool
        /// What spoke against it, the first few.
        let breaches: [String]
    }

    struct Figures: Encodable, Sendable {
        var records = 0
        var builds = 0
        var rounds = 0
        var workerRestarts = 0
        var coordinatorRestarts = 0
        var ranges = RangeFigures()
        var answeredQueries = 0
        var refusedQueries = 0
        var shortQueries = 0
        var writes = 0
        /// From the signal until the worker's successor is at work, all together.
        var workerSecondsLost = 0.0
        /// From the signal until another coordinator is in office, all together.
        var coordinatorSecondsAway = 0.0
        /// From declaring an index until it was ready, for each build.
        var secondsToReady: [Double] = []
        /// The same without restarts.
        var baselineSeconds: Double?
        /// What `status` said of workers of another version.
        var refusals: [String] = []
    }

    var supervisor: String
    var signal: String
    var workers: Int
    var seed: UInt64
    var isUpgrade: Bool
    var figures = Figures()
    var promises: [Verdict] = []
    /// Why it ended early, if it did.
    var failure: String?

    var isKept: Bool { failure == nil && promises.allSatisfy(\.isKept) }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Gathers figures and breaches from several threads.
    final class Collector: Sendable {
        private static let breachesKept = 5
        private let state = Mutex((figures: Figures(), breaches: [Promise: [String]](), total: [Promise: Int]()))

        func count(_ figure: any WritableKeyPath<Figures, Int> & Sendable, by amount: Int = 1) {
            state.withLock { $0.figures[keyPath: figure] += amount }
        }

        func change(_ body: (inout Figures) -> Void) { state.withLock { body(&$0.figures) } }

        func breach(_ promise: Promise, _ text: String) {
            let isNew = state.withLock { state in
                state.total[promise, default: 0] += 1
                guard state.breaches[promise, default: []].count < Self.breachesKept else { return false }
                state.breaches[promise, default: []].append(text)
                return true
            }
            if isNew { Progress.say("NOT KEPT", text) }
        }

        var figures: Figures { state.withLock { $0.figures } }

        var verdicts: [Verdict] {
            state.withLock { state in
                Promise.allCases.map { promise in
                    var breaches = state.breaches[promise] ?? []
                    let more = (state.total[promise] ?? 0) - breaches.count
                    if more > 0 { breaches.append("and \(more) more") }
                    return Verdict(promise: promise.rawValue, isKept: breaches.isEmpty, breaches: breaches)
                }
            }
        }
    }
}
