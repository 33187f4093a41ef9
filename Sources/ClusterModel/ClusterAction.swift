/// One step of a small cluster.
public indirect enum ClusterAction: Hashable, Sendable {
    // The coordinator in office.
    case takeOffice
    case look
    case errand
    case mail
    case hear(Int)
    case waitsEnd
    case noticeDeath(Int)

    // Workers, by their places.
    case connect(Int)
    case tell(Int)
    case work(Int)
    case repeatItself(Int)
    case hire(Int)

    // The application.
    case write

    // Mishaps.
    case lose(Direction)
    case duplicate(Direction)
    case delay(Direction)
    case astray(Int)
    case crash(losesPost: Bool)
    case crashAfterStoring(ClusterAction)
    case crashBeforeStoring(ClusterAction)
    case crashWhileStoring(ClusterAction)
    case stop
    case stopAfterStoring(ClusterAction)
    case suspect(Int)
    case kill(Int)
    case leave(Int)
    case publishUnasked

    // A former coordinator that wakes late.
    case formerSends
    case formerErrand
    case formerMail
    case formerHears(Int)
    case formerAlarm

    /// Between the coordinator and one worker.
    public enum Direction: Hashable, Sendable {
        case toCoordinator(Int)
        case toWorker(Int)
    }

    var isFault: Bool {
        switch self {
        case .takeOffice, .look, .errand, .mail, .hear, .waitsEnd, .noticeDeath: false
        case .connect, .tell, .work, .repeatItself, .hire: false
        default: true
        }
    }
}

extension ClusterAction: CustomStringConvertible {
    /// What happens, in words.
    public var description: String {
        switch self {
        case .takeOffice: "a coordinator takes office"
        case .look: "the coordinator looks at the catalog"
        case .errand: "the coordinator's next errand is done"
        case .mail: "the coordinator hears what came of publishing"
        case .hear(let place): "the coordinator hears worker \(place)"
        case .waitsEnd: "the coordinator's waits end"
        case .noticeDeath(let place): "the coordinator notices the death of a worker in place \(place)"
        case .connect(let place): "worker \(place) connects"
        case .tell(let place): "worker \(place) hears the coordinator"
        case .work(let place): "worker \(place) works"
        case .repeatItself(let place): "worker \(place) waits, and says again what it has to say"
        case .hire(let place): "a new worker starts in place \(place)"
        case .write: "the application writes"
        case .publishUnasked: "publishing is tried unasked"
        default: mishap
        }
    }

    private var mishap: String {
        switch self {
        case .lose(let direction): "the next message \(direction) is lost"
        case .duplicate(let direction): "the next message \(direction) is doubled"
        case .delay(let direction): "the next message \(direction) is held back"
        case .astray(let place): "message \(place) of those astray arrives"
        case .crash(let losesPost):
            "the coordinator is killed\(losesPost ? ", and what was under way to it is lost" : "")"
        case .crashAfterStoring(let action): "\(action); it is killed after storing, before sending"
        case .crashBeforeStoring(let action): "\(action); it is killed after sending, before storing"
        case .crashWhileStoring(let action): "\(action); it is killed while storing"
        case .stop: "the coordinator is stopped"
        case .stopAfterStoring(let action): "\(action); it is stopped after storing, before sending"
        case .suspect(let place): "worker \(place) is taken for lost"
        case .kill(let place): "worker \(place) is killed"
        case .leave(let place): "worker \(place) is asked to leave"
        case .formerSends: "the former coordinator wakes and sends what it had stored"
        case .formerErrand: "the former coordinator wakes and does its next errand"
        case .formerMail: "the former coordinator wakes and hears what came of publishing"
        case .formerHears(let place): "the former coordinator wakes and hears worker \(place)"
        case .formerAlarm: "the former coordinator wakes and takes every worker for lost"
        default: "?"
        }
    }
}

extension ClusterAction.Direction: CustomStringConvertible {
    /// From whom to whom.
    public var description: String {
        switch self {
        case .toCoordinator(let place): "from worker \(place)"
        case .toWorker(let place): "to worker \(place)"
        }
    }
}
