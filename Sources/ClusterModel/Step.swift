internal import Backfill

/// One step: the state that becomes another, and what is remarkable about it.
struct Step {
    let scope: Scope
    var state: ClusterState
    var sightings: [Sighting] = []

    /// How far a coordinator comes with a batch before it is killed or stopped.
    enum Reach {
        case whole
        /// Dead after the commit.
        case stores
        /// Dead before the commit, but has spoken already.
        case speaks
        /// Dead in the middle of the commit.
        case storesHalf
        /// Stopped after the commit; what it has to send stays with it.
        case storesAndStops
    }

    init(scope: Scope, state: ClusterState) {
        self.scope = scope
        self.state = state
    }

    mutating func take(_ action: ClusterAction) {
        switch action {
        case .takeOffice: takeOffice()
        case .look, .errand, .mail, .hear, .waitsEnd, .noticeDeath, .suspect: coordinate(action, reach: .whole)
        case .connect(let place): connect(place)
        case .tell(let place): tell(place)
        case .work(let place): work(place)
        case .repeatItself(let place): repeatItself(place)
        case .hire(let place): hire(place)
        case .write: write()
        case .lose(let direction): lose(direction)
        case .duplicate(let direction): divert(direction, keeps: true)
        case .delay(let direction): divert(direction, keeps: false)
        case .astray(let place): deliver(astray: place)
        case .crash(let losesPost): crash(losesPost: losesPost)
        case .crashAfterStoring(let action): crash(in: action, reach: .stores)
        case .crashBeforeStoring(let action): crash(in: action, reach: .speaks)
        case .crashWhileStoring(let action): crash(in: action, reach: .storesHalf)
        case .stop: stop()
        case .stopAfterStoring(let action):
            coordinate(action, reach: .storesAndStops)
            stop()
        case .kill(let place): kill(place)
        case .leave(let place): leave(place)
        case .publishUnasked: publishUnasked()
        case .formerSends, .formerErrand, .formerMail, .formerHears, .formerAlarm: wakeFormer(action)
        }
    }

    mutating func see(_ sighting: Sighting) { sightings.append(sighting) }

    /// Notes a broken promise that no state would show.
    mutating func report(_ wrong: String) { if state.wrong == nil { state.wrong = wrong } }

    private mutating func write() {
        guard !state.script.isEmpty else { return }
        let write = state.script.removeFirst()
        let key: UInt8 =
            switch write {
            case .put(let key, _), .delete(let key): key
            }
        let ranges = state.store.jobs.last?.ranges ?? []
        if state.store.state == .ready {
            see(.writtenWhenReady)
        } else if ranges.contains(where: { $0.state == .scanned && $0.interval.contains(Key([key])) }) {
            see(.writtenAfterScan)
        }
        if state.workers.contains(where: { if case .load(_, .append) = $0.work { true } else { false } }) {
            see(.writtenWhileLoading)
        }
        state.store.write(write, breaks: scope.breaks)
    }
}
