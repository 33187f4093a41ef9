/// What a complete search found.
public struct Findings<M: Model>: Sendable {
    /// Different states that were visited.
    public internal(set) var states = 0
    /// Steps that were taken, those into states that were known already included.
    public internal(set) var transitions = 0
    /// The length of the longest of the shortest paths.
    public internal(set) var depth = 0
    /// How often each interesting case was seen, counted in transitions.
    public internal(set) var sightings: [M.Sighting: Int] = [:]
    /// Interesting cases that were asked for and never seen.
    public internal(set) var neverSeen: [M.Sighting] = []
    /// The first promise that was found broken, by a shortest path.
    public internal(set) var counterexample: Counterexample<M>?

    /// Whether every promise holds and every interesting case was seen.
    public var isClean: Bool { counterexample == nil && neverSeen.isEmpty }
}

/// A promise that is broken, and the shortest way there.
public struct Counterexample<M: Model>: Sendable {
    /// One step of the way.
    public struct Step: Sendable {
        /// What happened.
        public let action: M.Action
        /// What came of it.
        public let state: M.State
    }

    /// The promise.
    public let promise: String
    /// What is wrong with the last state.
    public let breach: String
    /// Where it begins.
    public let start: M.State
    /// The steps, the last of which leads to the breach.
    public let steps: [Step]
    let lines: @Sendable (M.State) -> [String]
}

extension Counterexample: CustomStringConvertible {
    /// The promise, the numbered steps, and under each what it changed: `-` lines are gone, `+` lines are new.
    public var description: String {
        var text = ["broken: \(promise)", "        \(breach)", "from:"]
        var before = lines(start)
        text += before.map { "          \($0)" }
        for (number, step) in steps.enumerated() {
            text.append("\(number + 1). \(step.action)")
            let after = lines(step.state)
            text += after.difference(from: before).map { change in
                switch change {
                case .remove(_, let line, _): "        - \(line)"
                case .insert(_, let line, _): "        + \(line)"
                }
            }
            before = after
        }
        return text.joined(separator: "\n")
    }
}

/// A search that was given up: it proves nothing.
public struct SearchIncomplete: Error, Hashable, Sendable, CustomStringConvertible {
    /// States visited.
    public let states: Int
    /// The most that were allowed.
    public let statesMax: Int

    /// One line for people.
    public var description: String {
        "the search is not complete: there are more than the \(statesMax) states that it may visit; "
            + "make the model smaller or the bound higher"
    }
}
