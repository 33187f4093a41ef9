public import Exploration

/// A whole small cluster as a model for the explorer: the production core and worker sessions, a network that loses,
/// doubles and delays, coordinators that die and come late, a store of a few records, and an application that writes.
public struct ClusterModel: Model {
    /// How large it is and what may go wrong in it.
    public let scope: Scope

    /// A model of this scope.
    public init(_ scope: Scope) {
        self.scope = scope
    }

    /// One for each script of the application.
    public var initialStates: [ClusterState] {
        scope.scripts.map { ClusterState.beginning(scope, script: $0) }
    }

    /// What comes of a step.
    public func next(
        _ state: ClusterState, after action: ClusterAction, noting sightings: inout [Sighting]
    ) -> ClusterState {
        var step = Step(scope: scope, state: state)
        step.take(action)
        sightings += step.sightings
        return step.state
    }

    /// Mishaps, and all that progress must not count on: writes, late wakers, messages that come out of turn.
    public func isFault(_ action: ClusterAction) -> Bool { action.isFault }
}
