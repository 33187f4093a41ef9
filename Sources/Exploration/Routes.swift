/// All steps without faults, by the numbers of the states, to ask from where a goal can be reached.
struct Routes {
    private var from: [UInt32] = []
    private var to: [UInt32] = []
    private var isGoal: [[Bool]]
    private var states = 0

    init(goals: Int) {
        isGoal = Array(repeating: [], count: goals)
    }

    /// Adds the next state, with whether it is each of the goals.
    mutating func addState(isGoal answers: [Bool]) {
        states += 1
        for (place, answer) in answers.enumerated() { isGoal[place].append(answer) }
    }

    mutating func add(from start: UInt32, to end: UInt32) {
        guard start != end else { return }
        from.append(start)
        to.append(end)
    }

    /// A state from which no way leads to the goal.
    struct Lost {
        var state: UInt32
        /// Whether nothing at all can happen there but faults.
        var isDeadEnd: Bool
    }

    /// One of the nearest states from which no way leads to the goal: a dead end, if there is one.
    func firstState(withoutWayTo goal: Int) -> Lost? {
        let reaches = statesWithWay(to: goal)
        guard let first = reaches.firstIndex(of: false) else { return nil }
        var goesOn = Array(repeating: false, count: states)
        for start in from { goesOn[Int(start)] = true }
        let deadEnd = reaches.indices.first { !reaches[$0] && !goesOn[$0] }
        return Lost(state: UInt32(deadEnd ?? first), isDeadEnd: deadEnd != nil)
    }

    private func statesWithWay(to goal: Int) -> [Bool] {
        let (starts, sources) = reversed()
        var reaches = isGoal[goal]
        var queue = reaches.indices.filter { reaches[$0] }
        while let state = queue.popLast() {
            for place in starts[state]..<starts[state + 1] {
                let source = Int(sources[place])
                guard !reaches[source] else { continue }
                reaches[source] = true
                queue.append(source)
            }
        }
        return reaches
    }

    /// For each state the states that lead to it: `sources[starts[state] ..< starts[state + 1]]`.
    private func reversed() -> (starts: [Int], sources: [UInt32]) {
        var starts = Array(repeating: 0, count: states + 1)
        for end in to { starts[Int(end) + 1] += 1 }
        for place in 0..<states { starts[place + 1] += starts[place] }
        var free = starts
        var sources = Array(repeating: UInt32(0), count: to.count)
        for (start, end) in zip(from, to) {
            sources[free[Int(end)]] = start
            free[Int(end)] += 1
        }
        return (starts, sources)
    }
}
