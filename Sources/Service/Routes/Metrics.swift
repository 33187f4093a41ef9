internal import Status
internal import Tables

/// The state of an environment as metrics; names, labels and meanings stand in Service.docc.
struct Metrics {
    private var exposition = Exposition()

    var text: String { exposition.text }

    init(of status: ClusterStatus, version: String, requests: [(status: Int, count: UInt64)]) {
        exposition.add(
            "gapless_build_info", .gauge, "The version of the program that answers; always 1.",
            [(labels: [("version", version)], value: 1)])
        addCoordinator(status.coordinator)
        addWorkers(status.workers)
        addIndexes(status.indexes)
        addBuilds(status.indexes)
        exposition.add(
            "gapless_http_requests_total", .counter, "Requests that this process answered, by status.",
            requests.map { (labels: [("status", "\($0.status)")], value: Double($0.count)) })
    }

    private mutating func addCoordinator(_ coordinator: ClusterStatus.CoordinatorCell) {
        exposition.add(
            "gapless_coordinator_running", .gauge, "Whether a coordinator holds the environment's lock.",
            coordinator.running ? 1 : 0)
        if let epoch = coordinator.epoch {
            exposition.add(
                "gapless_coordinator_epoch", .gauge, "The epoch of the coordinator that took office last.",
                Double(epoch))
        }
        if let seconds = coordinator.lastSeenSeconds {
            exposition.add(
                "gapless_coordinator_last_seen_seconds", .gauge,
                "Seconds since the running coordinator last wrote its live status.", seconds)
        }
    }

    private mutating func addWorkers(_ workers: [ClusterStatus.WorkerCell]) {
        exposition.add(
            "gapless_workers", .gauge, "Workers that the coordinator knows, by state.",
            ClusterStatus.workerStates.map { state in
                (labels: [("state", state)], value: Double(workers.count { $0.state == state }))
            })
        exposition.add(
            "gapless_worker_last_seen_seconds", .gauge, "Seconds since the coordinator last heard of a worker.",
            workers.map { worker in
                let labels = [("host", worker.host), ("pid", "\(worker.pid)"), ("incarnation", worker.incarnation)]
                return (labels: labels, value: worker.lastSeenSeconds)
            })
    }

    private mutating func addIndexes(_ indexes: [IndexSummary]) {
        exposition.add(
            "gapless_indexes", .gauge, "Indexes by state.",
            IndexState.allCases.map { state in
                (labels: [("state", state.rawValue)], value: Double(indexes.count { $0.state == state }))
            })
        exposition.add(
            "gapless_index_state", .gauge, "1 for the state that an index is in, 0 for the others.",
            indexes.flatMap { index in
                IndexState.allCases.map { state in
                    (
                        labels: Metrics.labels(index) + [("state", state.rawValue)],
                        value: index.state == state ? 1 : 0
                    )
                }
            })
        addEach("gapless_index_entries", "Entries of the generation that is ready, else coming.", indexes) {
            Double($0.entries)
        }
        addEach("gapless_index_generation", "The generation that is ready, else coming.", indexes) {
            Double($0.generation)
        }
        addEach("gapless_index_bad_records", "Records that block an index because it cannot hold them.", indexes) {
            Double($0.blockedBy.badRecords)
        }
    }

    private mutating func addBuilds(_ indexes: [IndexSummary]) {
        addEach("gapless_build_progress_ratio", "How far the newest build of an index is, 0 to 1.", indexes) {
            $0.job?.progress
        }
        addEach("gapless_build_eta_seconds", "Seconds until a build is done at its present rate.", indexes) {
            $0.job?.etaSeconds.map { Double($0) }
        }
        addEach("gapless_build_records", "Records that the newest build has to scan.", indexes) {
            ($0.job?.recordsTotal).map { Double($0) }
        }
        addEach("gapless_build_records_scanned", "Records that the newest build has scanned.", indexes) {
            ($0.job?.recordsScanned).map { Double($0) }
        }
        addEach("gapless_build_records_per_second", "Records that a build scans a second, lately.", indexes) {
            $0.job?.recordsPerSecond
        }
        addEach("gapless_build_entries_loaded", "Entries that the newest build has appended.", indexes) {
            ($0.job?.entriesLoaded).map { Double($0) }
        }
        addEach("gapless_build_retries", "How often the newest build tried something again.", indexes) {
            ($0.job?.retries).map { Double($0) }
        }
        exposition.add(
            "gapless_build_ranges", .gauge, "Ranges of the newest build of an index, by state.",
            indexes.flatMap { index in
                (index.job?.ranges.byState ?? []).map { state, count in
                    (labels: Metrics.labels(index) + [("state", state)], value: Double(count))
                }
            })
    }

    private mutating func addEach(
        _ name: String, _ help: String, _ indexes: [IndexSummary], _ value: (IndexSummary) -> Double?
    ) {
        exposition.add(
            name, .gauge, help,
            indexes.compactMap { index in value(index).map { (labels: Metrics.labels(index), value: $0) } })
    }

    private static func labels(_ index: IndexSummary) -> [Exposition.Label] {
        [("table", index.table), ("index", index.name)]
    }
}
