// Small models of which every state is known.

import Exploration

/// A counter that goes up and down between two bounds, and may fall into a pit from a given height.
struct CounterModel: Model {
    var top: Int
    var forbidden: Int?
    var pitAt: Int?
    var wanted: [String] = []
    var goal: Int?
    var isFallAFault = false

    enum Action: Sendable, CustomStringConvertible {
        case up, down, fall
        var description: String { "\(self == .up ? "up" : self == .down ? "down" : "fall")" }
    }

    var initialStates: [Int] { [0] }

    func actions(in state: Int) -> [Action] {
        guard state >= 0 else { return [] }
        return (state < top ? [.up] : []) + (state > 0 ? [.down] : []) + (state == pitAt ? [.fall] : [])
    }

    func next(_ state: Int, after action: Action, noting sightings: inout [String]) -> Int {
        switch action {
        case .up:
            if state + 1 == top { sightings.append("top") }
            return state + 1
        case .down: return state - 1
        case .fall: return -1
        }
    }

    func isFault(_ action: Action) -> Bool { action == .fall && isFallAFault }

    var always: [Always<Int>] {
        guard let forbidden else { return [] }
        return [Always("never \(forbidden)") { $0 == forbidden ? "it is \($0)" : nil }]
    }
    var sometimes: [String] { wanted }
    var eventually: [Eventually<Int>] { goal.map { goal in [Eventually("reaches \(goal)") { $0 == goal }] } ?? [] }
}

/// Two jugs of 5 and 3 litres, to measure 4.
struct JugModel: Model {
    struct Jugs: Hashable, Sendable {
        var large = 0
        var small = 0
    }

    enum Action: String, Sendable, CaseIterable, CustomStringConvertible {
        case fillLarge, fillSmall, emptyLarge, emptySmall, pourIntoSmall, pourIntoLarge
        var description: String { rawValue }
    }

    var initialStates: [Jugs] { [Jugs()] }
    func actions(in state: Jugs) -> [Action] { Action.allCases }

    func next(_ state: Jugs, after action: Action, noting sightings: inout [Never]) -> Jugs {
        var jugs = state
        switch action {
        case .fillLarge: jugs.large = 5
        case .fillSmall: jugs.small = 3
        case .emptyLarge: jugs.large = 0
        case .emptySmall: jugs.small = 0
        case .pourIntoSmall:
            let poured = min(jugs.large, 3 - jugs.small)
            jugs.large -= poured
            jugs.small += poured
        case .pourIntoLarge:
            let poured = min(jugs.small, 5 - jugs.large)
            jugs.small -= poured
            jugs.large += poured
        }
        return jugs
    }

    var always: [Always<Jugs>] { [Always("never four litres") { $0.large == 4 ? "\($0.large) litres" : nil }] }
    var sometimes: [Never] { [] }
    var eventually: [Eventually<Jugs>] { [] }
}

/// Processes that each take two steps through a lock, or without it.
struct LockModel: Model {
    var processes: Int
    var hasLock: Bool

    enum Action: Sendable, CustomStringConvertible {
        case step(Int)
        var description: String { if case .step(let process) = self { "process \(process)" } else { "" } }
    }

    var initialStates: [[Int]] { [Array(repeating: 0, count: processes)] }

    /// 0: outside, 1: inside, 2: done.
    func actions(in state: [Int]) -> [Action] {
        state.indices.filter { state[$0] < 2 && (state[$0] == 1 || !hasLock || !state.contains(1)) }.map { .step($0) }
    }

    func next(_ state: [Int], after action: Action, noting sightings: inout [Never]) -> [Int] {
        guard case .step(let process) = action else { return state }
        var state = state
        state[process] += 1
        return state
    }

    var always: [Always<[Int]>] {
        [Always("one inside at the most") { $0.count { $0 == 1 } > 1 ? "\($0.count { $0 == 1 }) are inside" : nil }]
    }
    var sometimes: [Never] { [] }
    var eventually: [Eventually<[Int]>] { [Eventually("all are done") { $0.allSatisfy { $0 == 2 } }] }
}
