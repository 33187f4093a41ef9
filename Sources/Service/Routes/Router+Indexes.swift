internal import Logging
internal import Status
internal import Supervision
internal import Tables
internal import Values

/// The indexes of a table.
extension Router {
    private struct Dropped: Encodable {
        let dropped: String
    }

    func indexes(_ table: String, _ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        let summaries = try store.read { txn in
            let catalog = try store.catalog(in: txn)
            return try catalog.indexes(of: catalog.table(table)).map { try IndexSummary($0, in: store, txn) }
        }
        return try .json(try summaries.map { try $0.withJob(of: store) })
    }

    func index(_ table: String, _ name: String, _ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        return try .json(try summary("\(table).\(name)"))
    }

    /// Declares the index of the body: 201 for a new one, 200 for one that exists with the same meaning.
    func declare(_ table: String, _ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        let definition = try IndexDefinition(options: try Router.options(request.body))
        let outcome = try store.write { txn in try store.declareIndex(on: table, definition, in: txn) }
        var isNew = false
        if case .created = outcome { isNew = true }
        var response = try HTTPResponse.json(try summary(outcome.index.fullName), status: isNew ? 201 : 200)
        response.add("Location", "/tables/\(table)/indexes/\(outcome.index.name)")
        return response
    }

    /// Drops an index: queries no longer see it; its pages are freed step by step, after the answer.
    func drop(_ table: String, _ name: String, _ request: HTTPRequest) throws -> HTTPResponse {
        try request.allowParameters([])
        let fullName = "\(table).\(name)"
        try store.write { txn in try store.dropIndex(fullName, in: txn) }
        try BlockingThread(name: "clean") { [store, log] in
            do {
                try store.cleanDropped()
            } catch {
                // It is dropped all the same; a coordinator, or the next command that drops something, cleans up.
                log.warning("the pages of \(fullName) are not freed yet: \(error)")
            }
        }.detach()
        return try .json(Dropped(dropped: fullName))
    }

    private func summary(_ fullName: String) throws -> IndexSummary {
        try store.read { txn in
            try IndexSummary(try store.catalog(in: txn).index(fullName), in: store, txn)
        }.withJob(of: store)
    }

    private static func options(_ body: [UInt8]) throws -> Value {
        do {
            return try Value(json: body.span.bytes)
        } catch {
            throw GaplessError(.badDefinition, "the body is no definition, as in {\"fields\":[\"email\"]}: \(error)")
        }
    }
}
