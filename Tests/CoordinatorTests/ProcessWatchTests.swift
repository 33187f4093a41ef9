// Goal: a coordinator concludes from a PID only what the PID can tell. Method: workers made up from this process and
// from children that have ended, seen from hosts that share its PIDs or do not.

import Backfill
import Logging
import Runtime
import Supervision
import Testing

@testable import Coordinator

@Suite("Deaths of processes")
struct ProcessWatchTests {
    private let log = Lines().logger
    private let host: Incarnation

    init() throws {
        host = try Incarnation.ofThisProcess(at: Instant(milliseconds: 1))
    }

    private func finding(_ worker: Incarnation, from host: Incarnation? = nil) -> String {
        switch ProcessWatch.find(worker, from: host ?? self.host, log) {
        case .running: "running"
        case .ended: "ended"
        case .hidden: "hidden"
        }
    }

    /// A worker of this host that has ended.
    private func ended() throws -> Incarnation {
        let child = try ChildProcess(ChildSpec(name: "true", executable: "/bin/true"))
        _ = try child.wait()
        var worker = host
        (worker.pid, worker.startTicks) = (child.identity.pid, child.identity.startTicks)
        return worker
    }

    @Test("a worker of the same PIDs is found running, or ended for certain")
    func samePIDs() throws {
        #expect(host.pidNamespace != nil)
        #expect(finding(host) == "running")
        #expect(finding(try ended()) == "ended")
    }

    @Test("O1: PID reuse: a PID that somebody else has now is the end of its worker")
    func reuse() {
        var worker = host
        worker.startTicks -= 1
        #expect(finding(worker) == "ended")
    }

    @Test("O1: two worlds in which every PID is 1: neither takes the other's worker for dead, or for its own")
    func twoWorlds() throws {
        var first = host
        (first.pid, first.pidNamespace) = (1, "pid:[1] time:[9]")
        var second = first
        second.pidNamespace = "pid:[2] time:[9]"
        for (worker, host) in [(first, second), (second, first)] {
            #expect(finding(worker, from: host) == "hidden")
        }
        // The same PIDs, and yet the start differs: its own world knows that it has ended.
        first.startTicks = 1
        var itself = first
        itself.startTicks = 2
        #expect(finding(first, from: itself) == "ended")
    }

    @Test("O1: a missing PID says nothing where the namespace, the boot or the host is another or not known")
    func otherPlaces() throws {
        let gone = try ended()
        var places = [gone, gone, gone, gone]
        places[0].pidNamespace = nil
        places[1].pidNamespace = "pid:[1] time:[1]"
        places[2].bootID = "another"
        places[3].host = "another"
        for worker in places { #expect(finding(worker) == "hidden") }
        // A row of an earlier version names no namespace; its process, while it runs, is watched as before.
        var earlier = host
        earlier.pidNamespace = nil
        #expect(finding(earlier) == "running")
    }
}
