internal import Backfill
internal import Status
internal import Tables

/// The status of an environment as one page that renews itself; it needs no script, no other file and no other host.
struct Dashboard {
    /// How often the page renews itself, in seconds.
    static let refreshSeconds = 2

    private(set) var html = ""

    init(of status: ClusterStatus, version: String) {
        html = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="refresh" content="\(Dashboard.refreshSeconds)">
            <meta name="viewport" content="width=device-width"><title>\(Dashboard.title(status))</title>
            <style>\(Dashboard.style)</style></head><body>
            <header><h1>gapless</h1><p>\(Dashboard.text(status.database))</p></header>

            """
        addProblems(status.problems)
        addIndexes(status.indexes)
        addCluster(status)
        html += "<footer>gapless \(Dashboard.text(version)), renewed every \(Dashboard.refreshSeconds) seconds</footer>"
        html += "</body></html>\n"
    }

    /// What a tab shows: how many indexes are ready.
    private static func title(_ status: ClusterStatus) -> String {
        let ready = status.indexes.count { $0.state == .ready }
        return "\(ready) of \(status.indexes.count) ready - gapless"
    }

    private mutating func addProblems(_ problems: [String]) {
        guard !problems.isEmpty else { return }
        let items = problems.map { "<li>\(Dashboard.text($0))</li>" }.joined()
        html += "<ul class=\"problems\" role=\"alert\">\(items)</ul>\n"
    }

    private mutating func addIndexes(_ indexes: [IndexSummary]) {
        guard !indexes.isEmpty else {
            html +=
                "<p class=\"none\">No indexes yet: <code>gapless index create TABLE FIELD</code> declares one.</p>\n"
            return
        }
        html += Dashboard.head(["Index", "State", "Build", "Entries", "Records scanned", "Ranges"])
        for index in indexes {
            let name =
                "\(Dashboard.text(index.index))<small>\(Dashboard.text(index.fields.joined(separator: ", ")))</small>"
            let state = "<span class=\"state \(index.state.rawValue)\">\(index.state.rawValue)</span>"
            html += Dashboard.row([
                name, state, Dashboard.build(of: index), Dashboard.number(index.entries), Dashboard.scanned(index.job),
                Dashboard.ranges(index.job),
            ])
        }
        html += "</tbody></table>\n"
    }

    private static func build(of index: IndexSummary) -> String {
        guard index.isUnderWay else { return text(index.blockedBy.errors.joined(separator: "; ")) }
        guard let job = index.job else { return "queued" }
        let percent = Int(job.progress * 100)
        let rest = job.etaSeconds.map { ", \($0) s left" } ?? ""
        let bar = "<progress value=\"\(percent)\" max=\"100\"></progress>"
        return "\(bar)<small>\(job.phase.rawValue) \(percent) %\(rest)</small>"
    }

    private static func scanned(_ job: JobSummary?) -> String {
        job.map { "\(number($0.recordsScanned)) of \(number($0.recordsTotal))" } ?? ""
    }

    private static func ranges(_ job: JobSummary?) -> String {
        guard let job else { return "" }
        return job.ranges.byState.filter { $0.count > 0 }.map { "\($0.count) \($0.state)" }.joined(separator: ", ")
    }

    private mutating func addCluster(_ status: ClusterStatus) {
        html += Dashboard.head(["Process", "Pid", "Doing", "Last seen"])
        let coordinator = status.coordinator
        html += Dashboard.row([
            "coordinator", coordinator.pid.map { "\($0)" } ?? "",
            coordinator.running ? "epoch \(coordinator.epoch ?? 0)" : "not running",
            Dashboard.seconds(coordinator.lastSeenSeconds),
        ])
        for worker in status.workers {
            let range = worker.range.map { ", range \($0)" } ?? ""
            let problem = worker.problem.map { ": \($0)" } ?? ""
            html += Dashboard.row([
                "worker on \(Dashboard.text(worker.host))", "\(worker.pid)",
                Dashboard.text(worker.state + range + problem), Dashboard.seconds(worker.lastSeenSeconds),
            ])
        }
        html += "</tbody></table>\n"
    }

    private static func head(_ titles: [String]) -> String {
        "<table><thead><tr>\(titles.map { "<th>\($0)</th>" }.joined())</tr></thead><tbody>\n"
    }

    private static func row(_ cells: [String]) -> String {
        "<tr>\(cells.map { "<td>\($0)</td>" }.joined())</tr>\n"
    }

    private static func seconds(_ seconds: Double?) -> String {
        seconds.map { "\(($0 * 10).rounded() / 10) s ago" } ?? ""
    }

    /// With thin spaces between thousands.
    private static func number(_ value: some BinaryInteger) -> String {
        let digits = Array(String(value))
        return digits.indices.map { place in
            (place > 0 && (digits.count - place) % 3 == 0 ? "&#8239;" : "") + String(digits[place])
        }.joined()
    }

    /// A text of somebody else's as text of the page.
    static func text(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:light-dark(#1d2330,#e6e9f0);--soft:light-dark(#667085,#98a2b3);\
        --line:light-dark(#e4e7ec,#2c3444);--good:#12915a;--busy:#2f6fde;--bad:#d0342c;--wait:#b7791f}\
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:light-dark(#fff,#12161f);\
        max-width:72rem;margin:2rem auto;padding:0 1.25rem}\
        header{display:flex;align-items:baseline;gap:1rem}h1{font-size:1.35rem;margin:0}\
        header p,small,footer,.none{color:var(--soft)}small{display:block;font-size:.85em}\
        table{border-collapse:collapse;width:100%;margin:1.25rem 0}\
        th{text-align:left;font-weight:600;font-size:.85em;color:var(--soft)}\
        th,td{padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top;\
        font-variant-numeric:tabular-nums}\
        .state{color:#fff;background:var(--wait);border-radius:.4rem;padding:.1rem .5rem;font-size:.85em}\
        .ready{background:var(--good)}.building{background:var(--busy)}.blocked{background:var(--bad)}\
        progress{width:10rem;accent-color:var(--busy)}\
        .problems{border-left:4px solid var(--bad);padding:.5rem 1rem .5rem 2rem;margin:1rem 0;\
        background:light-dark(#fef3f2,#2a1a1c)}
        """
}
