internal import Backfill

extension ClusterState {
    /// A table, a declared index, workers; the first coordinator has not taken office.
    static func beginning(_ scope: Scope, script: [Scope.Write]) -> ClusterState {
        let state = ClusterState(
            store: TinyStore(scope), coordinator: nil, former: nil,
            workers: (0..<scope.workers).map { TinyWorker(place: $0, generation: 0) },
            post: Post(
                toCoordinator: Array(repeating: [], count: scope.workers),
                toWorkers: Array(repeating: [], count: scope.workers)),
            budget: Budget(scope), script: script, wrong: nil)
        guard scope.startsUnderWay else { return state }
        return state.underWay(scope)
    }

    /// The same after the ranges have been cut and the workers are known and have their first leases.
    private func underWay(_ scope: Scope) -> ClusterState {
        var step = Step(scope: scope, state: self)
        step.take(.takeOffice)
        step.take(.look)
        while step.state.coordinator?.errands.isEmpty == false { step.take(.errand) }
        for place in step.state.workers.indices { step.take(.connect(place)) }
        for place in step.state.workers.indices { step.take(.hear(place)) }
        return step.state
    }
}
