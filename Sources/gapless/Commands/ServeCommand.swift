import ArgumentParser
import Glibc
import Service
import Supervision
import Tables

/// `gapless serve`.
struct ServeCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve records, queries, readiness, status and metrics over HTTP.",
        discussion: """
            GET /healthz  200 when the process answers and can read the database.
            GET /readyz   200 when every index is ready, or every one of ?index=T.N (repeatable); else 503 with
                          Retry-After: a gate for load balancers in a rolling restart.
            GET /         a page that shows the status and renews itself.
            GET /status   what status --json prints.
            GET /metrics  for Prometheus.
            GET|PUT|DELETE /tables/T/records/KEY
            GET /tables/T/records?where=...&order-by=...&limit=...&offset=...&select=...
                          NDJSON, or one array with Accept: application/json.
            GET|POST /tables/T/indexes, GET|DELETE /tables/T/indexes/NAME

            At 127.0.0.1 and [::1] requests need no token. At any other address each carries the token of
            --token-file, as in Authorization: Bearer TOKEN; put TLS in front. Port 0 takes a free port; the address
            is printed once requests are answered. SIGTERM stops it: requests under way are answered first.

            Example:
              gapless serve --db /srv/people
              gapless serve --http 0.0.0.0:8432 --token-file /run/secrets/gapless --open-probes
              curl 'http://127.0.0.1:8432/readyz?index=people.email'
              curl -X PUT -d '{"id":42,"email":"a"}' http://127.0.0.1:8432/tables/people/records/42
            """)

    struct Result: Encodable {
        let listening: String
    }

    @Option(
        help: ArgumentHelp(
            "Where to listen.", discussion: "GAPLESS_HTTP; default 127.0.0.1:8432", valueName: "address:port"))
    var http: String?
    @Option(
        help: ArgumentHelp(
            "A file that holds the token which requests must carry; not readable by others.",
            discussion: "GAPLESS_TOKEN_FILE", valueName: "file"), completion: .file())
    var tokenFile: String?
    @Flag(help: "Answer /healthz and /readyz without the token, for probes that cannot carry one.")
    var openProbes = false
    @Option(
        help: ArgumentHelp(
            "How long a graceful stop may take, as in 10s or 500ms.", discussion: "GAPLESS_GRACE; default 10s",
            valueName: "time"))
    var grace: TimeSpan?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let log = try global.logger("serve")
        let service = Service(log: log, options: global)
        let process = try process()
        try service.watchSignals(stop: process.stop, stopNow: { _exit(0) })
        let address = "http://\(process.address)"
        try show(Result(listening: address), text: "listening at \(address)\n")
        try StandardOutput.shared.flush()
        service.ready(status: "serving at \(address)")
        process.run()
    }

    private func process() throws -> ServiceProcess {
        do {
            let address = try ListenAddress(
                Setting.text(flag: http, variable: "GAPLESS_HTTP") ?? "127.0.0.1:8432")
            var settings = ServiceProcess.Settings(address: address)
            settings.token = try Setting.text(flag: tokenFile, variable: "GAPLESS_TOKEN_FILE").map(AccessToken.read)
            settings.opensProbes = openProbes
            settings.graceMillis = try TimeSpan.grace(grace).milliseconds
            return try ServiceProcess(
                store: global.openStore(), settings: settings, log: global.logger("serve"))
        } catch let error as ListenError {
            throw CommandFailure.configuration(error.description)
        }
    }
}
