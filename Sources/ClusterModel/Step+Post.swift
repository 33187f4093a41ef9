internal import Backfill

/// Messages that are lost, doubled or late.
extension Step {
    mutating func lose(_ direction: ClusterAction.Direction) {
        state.budget.spend(\.losses)
        _ = takeFirst(direction)
    }

    /// Lets the first message of a direction go astray: a copy of it, or itself.
    mutating func divert(_ direction: ClusterAction.Direction, keeps: Bool) {
        state.budget.spend(keeps ? \.duplicates : \.lateMessages)
        let before = state.post
        let message = takeFirst(direction)
        if keeps { state.post = before }
        state.post.astray.append(message)
    }

    private mutating func takeFirst(_ direction: ClusterAction.Direction) -> Post.Astray {
        switch direction {
        case .toCoordinator(let place): .toCoordinator(state.post.toCoordinator[place].removeFirst())
        case .toWorker(let place):
            .toWorker(place: place, state.workers[place].nonce, state.post.toWorkers[place].removeFirst())
        }
    }

    mutating func deliver(astray place: Int) {
        switch state.post.astray.remove(at: place) {
        case .toCoordinator(let envelope):
            guard state.coordinator != nil else { return }
            decide(.message(forged(envelope)), as: \.coordinator, reach: .whole)
        case .toWorker(let worker, let nonce, let envelope):
            guard state.workers[worker].nonce == nonce, state.workers[worker].isAlive else { return }
            hear(envelope, worker)
        }
    }
}
