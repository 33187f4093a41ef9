/// The cluster as `gapless status --json` shows it.
struct ClusterView: Decodable, Sendable {
    struct Coordinator: Decodable, Sendable {
        let running: Bool
        let pid: Int32?
        let epoch: UInt64?
        let version: String?
    }

    struct Worker: Decodable, Sendable {
        let pid: Int32
        let state: String
        let version: String
        let problem: String?
    }

    let coordinator: Coordinator
    let workers: [Worker]

    /// Those that the coordinator has heard of and that are not about to leave.
    var present: [Worker] { workers.filter { !["awaited", "leaving"].contains($0.state) } }
    /// Those that get no work.
    var refused: [Worker] { workers.filter { $0.state == "refused" } }
    /// The coordinator's pid, while it is in office.
    var inOffice: Int32? { coordinator.running ? coordinator.pid : nil }
}
