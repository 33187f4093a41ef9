internal import Backfill

extension ClusterModel {
    /// What can happen, in a fixed order.
    public func actions(in state: ClusterState) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        let own = coordinatorActions(in: state)
        actions += own
        actions += workerActions(in: state)
        if !state.script.isEmpty { actions.append(.write) }
        actions += state.post.astray.indices.filter { canArrive(state.post.astray[$0], state) }
            .map(ClusterAction.astray)
        if let coordinator = state.coordinator {
            actions += mishaps(of: coordinator, doing: own, state)
            actions += formerActions(in: state)
        }
        actions += postalMishaps(in: state)
        return actions
    }

    private func coordinatorActions(in state: ClusterState) -> [ClusterAction] {
        guard let coordinator = state.coordinator else { return [.takeOffice] }
        var actions: [ClusterAction] = []
        if coordinator.seen != state.store.demands { actions.append(.look) }
        if !coordinator.errands.isEmpty { actions.append(.errand) }
        if !coordinator.mail.isEmpty { actions.append(.mail) }
        if coordinator.core.isWaiting { actions.append(.waitsEnd) }
        for place in state.workers.indices {
            if !state.post.toCoordinator[place].isEmpty { actions.append(.hear(place)) }
            let worker = state.workers[place]
            let isMourned = coordinator.core.workers.contains { known in
                let nonce = known.incarnation.nonce
                return nonce.low == UInt64(place + 1) && (nonce != worker.nonce || !worker.isAlive)
            }
            if isMourned { actions.append(.noticeDeath(place)) }
        }
        return actions
    }

    private func workerActions(in state: ClusterState) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        for (place, worker) in state.workers.enumerated() {
            guard worker.isAlive else {
                actions.append(.hire(place))
                continue
            }
            if !worker.isConnected, state.coordinator != nil { actions.append(.connect(place)) }
            if !state.post.toWorkers[place].isEmpty { actions.append(.tell(place)) }
            if worker.work != nil { actions.append(.work(place)) }
            if isUnanswered(place, state) { actions.append(.repeatItself(place)) }
            if state.budget.kills > 0 { actions.append(.kill(place)) }
            if state.budget.departures > 0, !worker.session.isLeaving { actions.append(.leave(place)) }
        }
        return actions
    }

    /// Whether time would bring something about between a worker and the coordinator: all messages have arrived, and
    /// they do not agree. Where they agree, heartbeats change nothing.
    private func isUnanswered(_ place: Int, _ state: ClusterState) -> Bool {
        let worker = state.workers[place]
        guard worker.isConnected, state.post.toCoordinator[place].isEmpty, state.post.toWorkers[place].isEmpty,
            let coordinator = state.coordinator
        else { return false }
        switch (worker.session.standing, worker.session.work) {
        case (.gone, _): return false
        case (.introducing, _), (.refused, _), (_, .reporting): return true
        case (.serving, .idle), (.serving, .working):
            guard let known = coordinator.core.workers.first(where: { $0.incarnation.nonce == worker.nonce }) else {
                return true
            }
            return known.lease != worker.session.holding || known.standing == .awaited
        }
    }

    private func canArrive(_ astray: Post.Astray, _ state: ClusterState) -> Bool {
        switch astray {
        case .toCoordinator: state.coordinator != nil
        case .toWorker(let place, let nonce, _): state.workers[place].isAlive && state.workers[place].nonce == nonce
        }
    }

    private func mishaps(
        of coordinator: TinyCoordinator, doing own: [ClusterAction], _ state: ClusterState
    ) -> [ClusterAction] {
        var actions: [ClusterAction] = []
        if state.budget.suspicions > 0 {
            for (place, worker) in state.workers.enumerated() where worker.isAlive {
                let known = coordinator.core.workers.first { $0.incarnation.nonce == worker.nonce }
                if known?.lease != nil { actions.append(.suspect(place)) }
            }
        }
        if state.budget.restarts > 0 {
            actions.append(.crash(losesPost: false))
            if state.post.toCoordinator.contains(where: { !$0.isEmpty }) { actions.append(.crash(losesPost: true)) }
            actions += own.map(ClusterAction.crashAfterStoring)
            if scope.breaks.contains(.speaksBeforeStoring) { actions += own.map(ClusterAction.crashBeforeStoring) }
            if scope.breaks.contains(.tornCommits) { actions += own.map(ClusterAction.crashWhileStoring) }
        }
        if state.budget.secondCoordinators > 0, state.former == nil {
            actions.append(.stop)
            actions += own.map(ClusterAction.stopAfterStoring)
        }
        if scope.breaks.contains(.publishesUnasked), !state.store.jobs.isEmpty, coordinator.mail.isEmpty,
            state.store.state == .building
        {
            actions.append(.publishUnasked)
        }
        return actions
    }

    private func formerActions(in state: ClusterState) -> [ClusterAction] {
        guard let former = state.former else { return [] }
        var actions: [ClusterAction] = []
        if !former.unsent.isEmpty { actions.append(.formerSends) }
        if !former.errands.isEmpty { actions.append(.formerErrand) }
        if !former.mail.isEmpty { actions.append(.formerMail) }
        for place in state.workers.indices where !state.post.toCoordinator[place].isEmpty {
            actions.append(.formerHears(place))
        }
        if !former.core.workers.isEmpty { actions.append(.formerAlarm) }
        return actions
    }

    private func postalMishaps(in state: ClusterState) -> [ClusterAction] {
        var directions: [ClusterAction.Direction] = []
        for place in state.workers.indices {
            if !state.post.toCoordinator[place].isEmpty { directions.append(.toCoordinator(place)) }
            if !state.post.toWorkers[place].isEmpty { directions.append(.toWorker(place)) }
        }
        var actions: [ClusterAction] = []
        if state.budget.losses > 0 { actions += directions.map(ClusterAction.lose) }
        if state.budget.duplicates > 0 { actions += directions.map(ClusterAction.duplicate) }
        if state.budget.lateMessages > 0 { actions += directions.map(ClusterAction.delay) }
        return actions
    }
}
