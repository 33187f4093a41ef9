internal import Glibc
public import Logging
internal import Runtime
internal import Synchronization
public import Tables

/// Serves an environment over HTTP until it is asked to stop.
///
/// Transactions block their thread, so each connection has a thread of its own; their number is bounded.
public final class ServiceProcess: Sendable {
    /// How a service is set up.
    public struct Settings: Sendable {
        /// Where it listens.
        public var address: ListenAddress
        /// What every request must carry; nil is allowed where only this machine can send requests.
        public var token: AccessToken?
        /// Whether `/healthz` and `/readyz` answer without the token, for probes that cannot carry one.
        public var opensProbes = false
        /// How long requests under way may take after the stop, in milliseconds.
        public var graceMillis: Int64 = 10_000
        var limits = Connection.Limits()

        /// The defaults, listening at `address`.
        public init(address: ListenAddress) {
            self.address = address
        }
    }

    private let settings: Settings
    private let log: Logger
    private let listener: Listener
    private let router: Router
    private let connections: Connections
    private let stopped: Bell
    private let isStopping = Atomic<Bool>(false)

    /// Where it listens, with the port that it really has.
    public var address: ListenAddress { listener.address }

    /// Connections that are served now.
    var connectionsCount: Int { connections.count }

    /// Listens at once; requests are answered as soon as `run` runs.
    ///
    /// Throws `NOT_PERMITTED` for an address beyond this machine without a token, and `ListenError`.
    public init(store: Store, settings: Settings, log: Logger) throws {
        guard settings.address.isLoopback || settings.token != nil else {
            throw GaplessError(
                .notPermitted,
                "at \(settings.address) other machines could read and write everything: give --token-file FILE (and "
                    + "put TLS in front), or listen at 127.0.0.1")
        }
        self.settings = settings
        self.log = log
        listener = try Listener(settings.address)
        connections = try Connections()
        stopped = try Bell()
        let gatekeeper = Gatekeeper(token: settings.token, opensProbes: settings.opensProbes)
        router = Router(store: store, gatekeeper: gatekeeper, log: log)
    }

    /// Asks it to stop: no new connection, requests under way are answered. Any thread.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        stopped.ring()
    }

    /// Serves until it is asked to stop, and returns when the last request was answered or the grace is over.
    @available(*, noasync)
    public func run() {
        log.info("serving at http://\(address)")
        while !isStopping.load(ordering: .acquiring) { acceptOne() }
        // Those who were connected before the stop are served; whoever comes now goes elsewhere at once.
        while let descriptor = listener.accept() { start(descriptor) }
        listener.refuse()
        let deadline = ShellClock.microseconds() + settings.graceMillis * 1_000
        if !connections.waitForAll(until: deadline) {
            log.warning("\(connections.count) requests were not answered within the grace period")
            connections.cutAll()
        }
        log.info("stopped serving")
    }

    private func acceptOne() {
        var entries = [
            pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stopped.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&entries, nfds_t(entries.count), -1) > 0, entries[0].revents != 0 else { return }
        guard let descriptor = listener.accept() else {
            // No descriptor is left, say: one that ends makes room; until then this must not spin.
            _ = connections.ended.wait(milliseconds: 50)
            return
        }
        start(descriptor)
    }

    private func start(_ descriptor: Int32) {
        if !connections.start(descriptor, { [self] in serve(descriptor) }) { turnAway(descriptor) }
    }

    private func serve(_ descriptor: Int32) {
        Connection(
            Stream(descriptor, stop: stopped), settings.limits, router,
            isStopping: { [self] in isStopping.load(ordering: .acquiring) }
        ).serve()
    }

    private func turnAway(_ descriptor: Int32) {
        defer { close(descriptor) }
        let response = router.respond(
            with: GaplessError(.busy, "\(Connections.countMax) connections are open: try again", retryAfterSeconds: 1))
        let bytes = response.bytes(keepsAlive: false, hasBody: true)
        // A fresh connection takes so few bytes at once; whoever does not is none the worse without them.
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
