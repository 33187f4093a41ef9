// Goal: the explorer visits every state once, finds each kind of breach by a shortest path, and never takes an
// incomplete search for a clean one.
// Method: models of which the numbers are known from pencil and paper.

import Exploration
import Testing

@Suite("The explorer, on models with known answers")
struct ExplorerTests {
    @Test("states and transitions of a counter", arguments: [1, 2, 10, 1_000])
    func counter(top: Int) throws {
        let findings = try Explorer(CounterModel(top: top)).search()
        #expect(findings.states == top + 1)
        #expect(findings.transitions == 2 * top)
        #expect(findings.depth == top)
        #expect(findings.isClean)
    }

    @Test("with a lock each process adds a factor; without it all combinations are reached", arguments: 1...6)
    func lock(processes: Int) throws {
        // Outside or done for each, and one of them inside with the others outside or done.
        let withLock = 1 << processes
        let inside = processes * (1 << (processes - 1))
        let findings = try Explorer(LockModel(processes: processes, hasLock: true)).search()
        #expect(findings.states == withLock + inside)
        #expect(findings.isClean)
        #expect(findings.depth == 2 * processes)
    }

    @Test("a promise that breaks is found by a shortest path")
    func shortestPath() throws {
        let jugs = try Explorer(JugModel()).search()
        let path = try #require(jugs.counterexample)
        #expect(
            path.steps.map(\.action.description) == [
                "fillLarge", "pourIntoSmall", "emptySmall", "pourIntoSmall", "fillLarge", "pourIntoSmall",
            ])
        #expect(path.breach == "4 litres")
        let lock = try Explorer(LockModel(processes: 4, hasLock: false)).search()
        #expect(lock.counterexample?.steps.count == 2)
        #expect(lock.counterexample?.promise == "one inside at the most")
        #expect(!lock.isClean)
    }

    @Test("a promise that is broken at the beginning has an empty path")
    func brokenAtOnce() throws {
        let findings = try Explorer(CounterModel(top: 3, forbidden: 0)).search()
        let path = try #require(findings.counterexample)
        #expect(path.steps.isEmpty)
        #expect(findings.states == 1)
    }

    @Test("an interesting case that is never reached makes the search unclean")
    func neverSeen() throws {
        let findings = try Explorer(CounterModel(top: 3, wanted: ["top", "bottom"])).search()
        #expect(findings.neverSeen == ["bottom"])
        #expect(findings.sightings == ["top": 1])
        #expect(!findings.isClean)
    }

    @Test("a state from which the goal cannot be reached is found, by a shortest path")
    func lostGoal() throws {
        let findings = try Explorer(CounterModel(top: 6, pitAt: 4, goal: 0)).search()
        let path = try #require(findings.counterexample)
        #expect(path.promise == "reaches 0 (eventually)")
        #expect(path.steps.map(\.action.description) == ["up", "up", "up", "up", "fall"])
        #expect(try Explorer(CounterModel(top: 6, goal: 0)).search().isClean)
    }

    @Test("a cycle without the goal is no way to it")
    func cycle() throws {
        let findings = try Explorer(CounterModel(top: 6, goal: 7)).search()
        #expect(findings.counterexample?.steps.isEmpty == true)
        #expect(findings.counterexample?.breach == "this cannot be reached any more from here")
    }

    @Test("a goal that only a fault leads to counts as out of reach")
    func faultsAreNoWay() throws {
        let findings = try Explorer(CounterModel(top: 6, pitAt: 4, goal: -1, isFallAFault: true)).search()
        #expect(findings.counterexample?.promise == "reaches -1 (eventually)")
        // The same way is one when it is no fault, but the top can still be reached and left: the goal stays in reach.
        #expect(try Explorer(CounterModel(top: 6, pitAt: 4, goal: -1)).search().isClean)
    }

    @Test("a search that meets its bound is an error, one that just fits is not")
    func bound() throws {
        #expect(throws: SearchIncomplete.self) { try Explorer(CounterModel(top: 100), statesMax: 100).search() }
        #expect(try Explorer(CounterModel(top: 100), statesMax: 101).search().states == 101)
    }

    @Test("a counterexample shows its steps and what each changed")
    func text() throws {
        let path = try #require(try Explorer(CounterModel(top: 3, forbidden: 2)).search().counterexample)
        #expect(
            path.description == """
                broken: never 2
                        it is 2
                from:
                          0
                1. up
                        - 0
                        + 1
                2. up
                        - 1
                        + 2
                """)
    }
}
