internal import Logging
internal import Status
internal import Tables

/// Whether the process is alive, and whether traffic may come.
extension Router {
    private struct Alive: Encodable {
        let status: String
        let version: String
    }

    private struct Ready: Encodable {
        let ready: Bool
        let indexes: [String]
    }

    /// 200 when this process answers and can begin a read transaction.
    func health(_ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        _ = try store.read { txn in try store.catalog(in: txn).stamp }
        return try .json(Alive(status: "alive", version: store.programVersion))
    }

    /// 200 when every index, or every one of those asked for, is ready in the transaction of this request; else 503.
    func readiness(_ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters(["index"])
        let readiness = try Readiness(of: request.query.map(\.value), in: store)
        guard let refusal = readiness.refusal else {
            return try .json(Ready(ready: true, indexes: readiness.indexes))
        }
        return try unavailable(informed(refusal))
    }

    /// What a refused client should know of the build. A coordinator that cannot be asked makes no other refusal.
    func informed(_ error: GaplessError) -> GaplessError {
        do {
            return try Refusal.informed(error, of: store)
        } catch {
            log.warning("the progress of a build cannot be told: \(error)")
        }
        return error
    }
}
