/// A system that is small enough to be searched completely.
///
/// All of it is a value: what can happen in a state, and what comes of it, depends on that state alone.
public protocol Model: Sendable {
    /// One state of the whole system. What is equal is visited once.
    associatedtype State: Hashable & Sendable
    /// One step. Its description is a line of a counterexample.
    associatedtype Action: Sendable, CustomStringConvertible
    /// An interesting case that a step may turn out to be, as "a late result was refused".
    associatedtype Sighting: Hashable & Sendable

    /// Where the system may begin.
    var initialStates: [State] { get }
    /// What can happen in a state, in a fixed order.
    func actions(in state: State) -> [Action]
    /// What comes of it. Interesting cases are appended to `sightings`.
    func next(_ state: State, after action: Action, noting sightings: inout [Sighting]) -> State
    /// Whether a step is a mishap, which no promise of progress may count on.
    func isFault(_ action: Action) -> Bool

    /// What must hold in every state that can be reached.
    var always: [Always<State>] { get }
    /// What must be seen at least once: a search that never reaches an interesting case says nothing about it.
    var sometimes: [Sighting] { get }
    /// What must stay reachable from every state, without any further fault.
    var eventually: [Eventually<State>] { get }

    /// The lines that show a state in a counterexample.
    func lines(describing state: State) -> [String]
}

extension Model {
    /// No step is a mishap.
    public func isFault(_ action: Action) -> Bool { false }
    /// The state's own description.
    public func lines(describing state: State) -> [String] { ["\(state)"] }
}

/// A promise about every single state.
public struct Always<State>: Sendable {
    /// One sentence.
    public let name: String
    /// What is wrong with a state, in words; nil if the promise holds.
    public let breach: @Sendable (State) -> String?

    /// A promise with the words for its breach.
    public init(_ name: String, breach: @escaping @Sendable (State) -> String?) {
        self.name = name
        self.breach = breach
    }
}

/// A promise that a goal stays within reach.
///
/// It is broken by a state from which no sequence of steps without faults leads to the goal. In a finite system this is
/// all there is to termination: if the goal can be reached from everywhere, every run that takes each step it could
/// take again and again some day reaches it; if not, some run does not, however fair.
public struct Eventually<State>: Sendable {
    /// One sentence.
    public let name: String
    /// Whether a state is the goal.
    public let goal: @Sendable (State) -> Bool

    /// A promise with its goal.
    public init(_ name: String, goal: @escaping @Sendable (State) -> Bool) {
        self.name = name
        self.goal = goal
    }
}
