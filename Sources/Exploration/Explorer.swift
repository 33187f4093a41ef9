/// Searches a model, breadth first: the first breach found has a shortest path.
public struct Explorer<M: Model>: Sendable {
    /// The model.
    public let model: M
    /// The most states that may be visited. Each takes about 60 bytes; the states of two levels are kept whole.
    public let statesMax: Int
    /// Told after each level: its depth, states so far, transitions so far.
    public var onLevel: (@Sendable (Int, Int, Int) -> Void)?

    /// A search of a model within a bound, which is at most 2^32 - 1.
    public init(_ model: M, statesMax: Int = 1_000_000) {
        self.model = model
        self.statesMax = min(statesMax, Int(UInt32.max))
    }

    /// Visits every state that can be reached, unless a promise breaks before.
    ///
    /// Throws ``SearchIncomplete`` at the bound.
    public func search() throws(SearchIncomplete) -> Findings<M> {
        var search = Search(model, statesMax: statesMax)
        try search.begin()
        while !search.isOver {
            try search.expandLevel()
            onLevel?(search.findings.depth, search.findings.states, search.findings.transitions)
        }
        search.conclude()
        return search.findings
    }
}

/// A search under way.
struct Search<M: Model> {
    let model: M
    let statesMax: Int
    var findings = Findings<M>()
    private var numbers: [Fingerprint: UInt32] = [:]
    private var origins: [Origin] = []
    private var level: [Visit] = []
    private var nextLevel: [Visit] = []
    private var routes: Routes
    private let always: [Always<M.State>]
    private let eventually: [Eventually<M.State>]

    /// A state that waits to be expanded.
    private struct Visit {
        var number: UInt32
        var state: M.State
    }

    /// How a state was reached first: from which state, by which of its actions. An initial state is its own origin.
    private struct Origin {
        var parent: UInt32
        var action: UInt16
    }

    init(_ model: M, statesMax: Int) {
        self.model = model
        self.statesMax = statesMax
        always = model.always
        eventually = model.eventually
        routes = Routes(goals: eventually.count)
    }

    var isOver: Bool { level.isEmpty || findings.counterexample != nil }

    mutating func begin() throws(SearchIncomplete) {
        for (place, state) in model.initialStates.enumerated() {
            _ = try visit(state, from: nil, by: UInt16(place))
        }
        swap(&level, &nextLevel)
    }

    mutating func expandLevel() throws(SearchIncomplete) {
        nextLevel.removeAll(keepingCapacity: true)
        for visit in level where findings.counterexample == nil { try expand(visit) }
        swap(&level, &nextLevel)
        if !level.isEmpty { findings.depth += 1 }
    }

    private mutating func expand(_ visit: Visit) throws(SearchIncomplete) {
        var sightings: [M.Sighting] = []
        for (place, action) in model.actions(in: visit.state).enumerated() {
            sightings.removeAll(keepingCapacity: true)
            let state = model.next(visit.state, after: action, noting: &sightings)
            findings.transitions += 1
            for sighting in sightings { findings.sightings[sighting, default: 0] += 1 }
            let number = try self.visit(state, from: visit.number, by: UInt16(place))
            if !eventually.isEmpty, !model.isFault(action) { routes.add(from: visit.number, to: number) }
            if findings.counterexample != nil { return }
        }
    }

    /// The number of a state, which is checked and queued if it is new.
    private mutating func visit(
        _ state: M.State, from parent: UInt32?, by action: UInt16
    ) throws(SearchIncomplete) -> UInt32 {
        let fingerprint = Fingerprint(state)
        if let known = numbers[fingerprint] { return known }
        guard origins.count < statesMax else {
            throw SearchIncomplete(states: origins.count, statesMax: statesMax)
        }
        let number = UInt32(origins.count)
        numbers[fingerprint] = number
        origins.append(Origin(parent: parent ?? number, action: action))
        findings.states += 1
        routes.addState(isGoal: eventually.map { $0.goal(state) })
        for promise in always {
            guard let breach = promise.breach(state) else { continue }
            findings.counterexample = counterexample(promise.name, breach, at: number)
            return number
        }
        nextLevel.append(Visit(number: number, state: state))
        return number
    }

    /// Looks for states that have lost a goal, and for cases that were never seen.
    mutating func conclude() {
        guard findings.counterexample == nil else { return }
        findings.neverSeen = model.sometimes.filter { findings.sightings[$0] == nil }
        for (place, promise) in eventually.enumerated() {
            guard let lost = routes.firstState(withoutWayTo: place) else { continue }
            let breach =
                lost.isDeadEnd
                ? "nothing happens here any more, unless by a fault" : "this cannot be reached any more from here"
            findings.counterexample = counterexample("\(promise.name) (eventually)", breach, at: lost.state)
            return
        }
    }

    /// Walks the shortest path again, from its beginning.
    private func counterexample(_ promise: String, _ breach: String, at last: UInt32) -> Counterexample<M> {
        var path: [Origin] = []
        var number = last
        while origins[Int(number)].parent != number {
            path.append(origins[Int(number)])
            number = origins[Int(number)].parent
        }
        let start = model.initialStates[Int(origins[Int(number)].action)]
        var state = start
        var steps: [Counterexample<M>.Step] = []
        for origin in path.reversed() {
            let action = model.actions(in: state)[Int(origin.action)]
            var unused: [M.Sighting] = []
            state = model.next(state, after: action, noting: &unused)
            steps.append(Counterexample<M>.Step(action: action, state: state))
        }
        let model = model
        return Counterexample(
            promise: promise, breach: breach, start: start, steps: steps, lines: { model.lines(describing: $0) })
    }
}
