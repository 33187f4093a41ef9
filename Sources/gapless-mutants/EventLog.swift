import FoundationEssentials

/// What Swift Testing wrote about a run: which tests there were, which failed, which never ended.
struct EventLog {
    private(set) var started: [String] = []
    /// Tests with an issue, in the order of their first.
    private(set) var failed: [String] = []
    private(set) var ended: Set<String> = []
    private var names: [String: String] = [:]

    /// Reads lines of JSON; a last line that a killed process left unfinished is no event.
    init(_ data: Data) {
        for line in data.split(separator: UInt8(ascii: "\n")) {
            do {
                note(try JSONDecoder().decode(Record.self, from: Data(line)))
            } catch {
                continue
            }
        }
    }

    /// Tests that began and were not seen to end: where a process crashed or hung.
    var unended: [String] { started.filter { !ended.contains($0) } }

    private struct Record: Decodable {
        struct Payload: Decodable {
            struct Issue: Decodable {
                var isKnown: Bool?
            }
            var kind: String?
            var id: String?
            var name: String?
            var displayName: String?
            var testID: String?
            var issue: Issue?
        }
        var kind: String
        var payload: Payload
    }

    private mutating func note(_ record: Record) {
        let payload = record.payload
        if record.kind == "test", let id = payload.id {
            // Of suites nothing is told: their tests tell.
            if payload.kind == "function" { names[id] = payload.displayName ?? payload.name ?? id }
            return
        }
        guard record.kind == "event" else { return }
        let name = payload.testID.flatMap { names[$0] }
        switch payload.kind {
        case "testStarted": if let name { started.append(name) }
        case "testEnded": if let name { ended.insert(name) }
        case "issueRecorded" where payload.issue?.isKnown != true:
            let name = name ?? "outside of any test"
            if !failed.contains(name) { failed.append(name) }
        default: break
        }
    }
}
