internal import Logging
internal import Runtime
internal import Status
internal import Tables

/// What lies under which path, and how errors are told.
struct Router: Sendable {
    let store: Store
    let gatekeeper: Gatekeeper
    let log: Logger
    let counter = RequestCounter()

    /// A way to answer a request.
    private typealias Answer = (HTTPRequest) throws -> HTTPResponse

    /// Answers a request, or what could not be read as one. Never fails: what goes wrong is the answer.
    func respond(to request: Result<HTTPRequest, HTTPFailure>) -> HTTPResponse {
        do {
            return try answer(request.get())
        } catch {
            return respond(with: error)
        }
    }

    private func answer(_ request: HTTPRequest) throws -> HTTPResponse {
        try gatekeeper.check(request)
        let methods = try methods(for: request)
        guard let answer = methods[request.method == "HEAD" ? "GET" : request.method] else {
            var failure = HTTPFailure(
                405, "METHOD_NOT_ALLOWED", "\(request.pathText) does not take the method \(request.method)")
            failure.allowed = methods.keys.sorted() + (methods["GET"] == nil ? [] : ["HEAD"])
            throw failure
        }
        return try answer(request)
    }

    /// The methods that a path takes. Throws 404 for a path that leads nowhere.
    private func methods(for request: HTTPRequest) throws -> [String: Answer] {
        switch request.path {
        case []: ["GET": dashboard]
        case ["healthz"]: ["GET": health]
        case ["readyz"]: ["GET": readiness]
        case ["status"]: ["GET": status]
        case ["metrics"]: ["GET": metrics]
        default: try methods(ofTables: request)
        }
    }

    private func methods(ofTables request: HTTPRequest) throws -> [String: Answer] {
        let path = request.path
        guard (3...4).contains(path.count), path[0] == "tables" else { throw Router.nothing(at: request) }
        let table = path[1]
        switch (path[2], path.count) {
        case ("records", 3): return ["GET": { try query(table, $0) }]
        case ("records", _):
            return [
                "GET": { try record(table, path[3], $0) }, "PUT": { try put(table, path[3], $0) },
                "DELETE": { try delete(table, path[3], $0) },
            ]
        case ("indexes", 3): return ["GET": { try indexes(table, $0) }, "POST": { try declare(table, $0) }]
        case ("indexes", _):
            return ["GET": { try index(table, path[3], $0) }, "DELETE": { try drop(table, path[3], $0) }]
        default: throw Router.nothing(at: request)
        }
    }

    private static func nothing(at request: HTTPRequest) -> HTTPFailure {
        HTTPFailure(
            404, "NOT_FOUND",
            "nothing is at \(request.pathText): there are /, /healthz, /readyz, /status, /metrics, "
                + "/tables/T/records, /tables/T/records/KEY, /tables/T/indexes, /tables/T/indexes/NAME")
    }

    private func status(_ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        return try .json(try ClusterStatus(of: store))
    }

    private func dashboard(_ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        let page = Dashboard(of: try ClusterStatus(of: store), version: store.programVersion)
        var response = HTTPResponse(status: 200, type: "text/html; charset=utf-8", body: Array(page.html.utf8))
        // It has a style of its own and nothing else: whatever a text might smuggle in would not run.
        response.add(
            "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        return response
    }

    private func metrics(_ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        let text = Metrics(of: try ClusterStatus(of: store), version: store.programVersion, requests: counter.counts)
            .text
        return HTTPResponse(status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: Array(text.utf8))
    }

    /// The answer that tells an error.
    func respond(with error: any Error) -> HTTPResponse {
        do {
            if let failure = error as? HTTPFailure { return try tell(failure) }
            let error = GaplessError(wrapping: error)
            return try tell(error.code == .indexNotReady ? informed(error) : error)
        } catch {
            // Texts and numbers cannot fail to encode; if they did, a client would still get an error it can read.
            let body = #"{"error":{"code":"DEFECT","message":"an error that cannot be written","retryable":false}}"#
            return HTTPResponse(status: 500, type: "application/json", body: Array(body.utf8))
        }
    }

    private func tell(_ failure: HTTPFailure) throws -> HTTPResponse {
        var response = try HTTPResponse.json(failure, status: failure.status)
        if failure.status == 401 { response.add("WWW-Authenticate", "Bearer realm=\"gapless\"") }
        if !failure.allowed.isEmpty { response.add("Allow", failure.allowed.joined(separator: ", ")) }
        return response
    }

    private func tell(_ error: GaplessError, status: Int? = nil) throws -> HTTPResponse {
        var response = try HTTPResponse.json(error, status: status ?? error.code.httpStatus)
        if response.status == 503 { response.add("Retry-After", "\(error.retryAfterSeconds ?? 1)") }
        return response
    }

    /// 503 with the time to come again, whatever the code.
    func unavailable(_ error: GaplessError) throws -> HTTPResponse { try tell(error, status: 503) }

    /// Logs an answer that was sent.
    func note(_ request: Result<HTTPRequest, HTTPFailure>, status: Int, microseconds: Int64) {
        // 503 is how a gate says no: that is no news. Other 5xx are.
        let level: Logger.Level = status >= 500 && status != 503 ? .warning : .debug
        var text = "unreadable"
        if case .success(let request) = request { text = "\(request.method) \(request.pathText)" }
        log.log(
            level: level, "request answered",
            metadata: ["request": "\(text)", "status": "\(status)", "micros": "\(microseconds)"])
    }

    /// An answer that could not be finished after a part of it had been sent.
    func noteBrokenOff(_ request: HTTPRequest, _ error: any Error) {
        log.warning(
            "an answer broke off: \(GaplessError(wrapping: error).message)",
            metadata: ["request": "\(request.method) \(request.pathText)"])
    }
}

extension HTTPRequest {
    /// Throws 400 for a parameter that means nothing here: a gate with a misspelt name must not stand open.
    func allowParameters(_ names: Set<String>) throws(HTTPFailure) {
        for field in query where !names.contains(field.name) {
            let known = names.isEmpty ? "there are none" : "there are \(names.sorted().joined(separator: ", "))"
            throw .badRequest("\(pathText) has no parameter \(field.name): \(known)")
        }
    }
}
