internal import Backfill
internal import Values

/// Words for traces.
enum Trace {
    static func text(_ message: WorkerMessage) -> String {
        switch message {
        case .hello(let hello): "hello\(hello.holding.map { ", holding the \($0)" } ?? "")"
        case .heartbeat(let beat): "alive, \(beat.lease.map { "on the \($0)" } ?? "idle")"
        case .scanned(let result): "scanned \(result.interval), \(result.records) records: \(result.lease)"
        case .loaded(let result): "loaded \(result.digest.count) entries: \(result.lease)"
        case .drained(let result): "drained \(result.applied) rows: \(result.lease)"
        case .failed(let failure): "failed (\(failure.kind)): \(failure.lease): \(failure.message)"
        case .goodbye: "goodbye"
        }
    }

    static func text(_ message: CoordinatorMessage) -> String {
        switch message {
        case .welcome(let welcome): "welcome\(welcome.keeps ? ", keep your lease" : "")"
        case .introduce: "who are you?"
        case .refused(let refusal): "refused: \(refusal.reason.rawValue)"
        case .grant(let grant): "do the \(grant.lease)\(grant.restarts ? ", from empty" : "")"
        case .settled(let lease, let settlement): "settled (\(settlement.rawValue)): \(lease)"
        case .revoke(let lease, let reason): "stop the \(lease): \(reason)"
        }
    }

    static func text(_ write: LedgerWrite) -> String {
        switch write {
        case .job(let row):
            "job \(row.id) \(row.state.rawValue), frontier \(row.frontier?.hex ?? "-"), all cut: \(row.isDiscovered)"
        case .range(let row): "range \(row.id) \(row.interval) \(row.state.rawValue), attempt \(row.attempt)"
        case .build(let row): "build \(row.index) \(row.stage.rawValue), attempt \(row.attempt)"
        case .badRecords(_, let index, let records): "\(records.count) bad records of index \(index.index)"
        case .blocked(_, let index, let reason): "index \(index.index) \(reason.map { "blocked: \($0)" } ?? "building")"
        }
    }
}
