import Backfill
import Status

extension JobSummary {
    /// `scan 42 %, 5s left, 800,000/s, 1,200,000 of 5,000,000 records`: what matters most first, since a narrow
    /// terminal cuts the end.
    var text: String {
        var parts = ["\(phase.rawValue) \(Int(progress * 100)) %"]
        if let etaSeconds { parts.append("\(Duration.seconds(etaSeconds).inWords) left") }
        if recordsPerSecond >= 1, phase == .scan { parts.append("\(UInt64(recordsPerSecond).grouped)/s") }
        parts.append("\(recordsScanned.grouped) of \(recordsTotal.grouped) records")
        if phase != .scan { parts.append("\(entriesLoaded.grouped) entries loaded") }
        if retries > 0 { parts.append("\(retries.grouped) retries") }
        return parts.joined(separator: ", ")
    }
}
