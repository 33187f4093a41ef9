// Goal: traffic comes exactly when the indexes answer completely, whoever asks. Method: a real socket client, states
// set by hand; the moment of publishing is held open in its transaction.

import LMDB
import Tables
import Testing

@testable import Service

@Suite("The gate: GET /readyz")
struct ReadinessTests {
    @Test("R7: it opens when every index is ready, and not before; without any index it is open")
    func allIndexes() throws {
        let site = try Site()
        #expect(try site.get("/readyz").status == 200)
        try site.put(0..<10)
        let (email, id) = (try site.declare("email"), try site.declare("id"))
        #expect(try site.get("/readyz").status == 503)
        try site.publish(email)
        let half = try site.get("/readyz")
        #expect(half.status == 503)
        #expect(try half.error()["index"] as? String == "people.id")
        try site.publish(id)
        let open = try site.get("/readyz")
        #expect(open.status == 200)
        #expect(try open.json()["ready"] as? Bool == true)
        #expect(try open.json()["indexes"] as? [String] == ["people.email", "people.id"])
        #expect(open.headers["cache-control"] == "no-store")
    }

    @Test("R7: asked for some indexes it looks at those only")
    func someIndexes() throws {
        let site = try Site()
        try site.publish(try site.declare("email"))
        try site.declare("id")
        #expect(try site.get("/readyz?index=people.email").status == 200)
        #expect(try site.get("/readyz?index=people.id").status == 503)
        #expect(try site.get("/readyz?index=people.email&index=people.id").status == 503)
        #expect(try site.client.get("/readyz?index=people.email", method: "HEAD").status == 200)
        #expect(try site.client.get("/readyz?index=people.id", method: "HEAD").status == 503)
    }

    @Test(
        "R3, R7: closed, it says why: typed, retryable, with the time to come again",
        arguments: [IndexState.building, .paused, .blocked, .dropping])
    func refusals(_ state: IndexState) throws {
        let site = try Site()
        let index = try site.declare("email")
        try site.store.write { txn in
            switch state {
            case .paused: try site.store.setPaused(index, generation: 1, in: txn)
            case .blocked: try site.store.setBlocked(index, generation: 1, reason: "3 bad records", in: txn)
            case .dropping: try site.store.dropIndex("people.email", in: txn)
            case .building, .ready: break
            }
        }
        let answer = try site.get("/readyz?index=people.email")
        let error = try answer.error()
        #expect(answer.status == 503)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(Int(answer.headers["retry-after"] ?? "") ?? 0 > 0)
        #expect(error["retryAfterSeconds"] as? Int == Int(answer.headers["retry-after"] ?? ""))
        #expect(error["retryable"] as? Bool == true)
        #expect(error["index"] as? String == "people.email")
        switch state {
        case .blocked:
            #expect(error["code"] as? String == "INDEX_BLOCKED")
            #expect((error["message"] as? String)?.contains("3 bad records") == true)
        case .dropping: #expect(error["code"] as? String == "NO_SUCH_INDEX")
        case .building, .paused, .ready: #expect(error["code"] as? String == "INDEX_NOT_READY")
        }
        if state != .dropping { #expect(error["state"] as? String == state.rawValue) }
    }

    @Test("of several reasons it tells one that waiting does not cure, and names the others")
    func severalReasons() throws {
        let site = try Site()
        try site.declare("email")
        let id = try site.declare("id")
        try site.store.write { try site.store.setBlocked(id, generation: 1, reason: "2 bad", in: $0) }
        let error = try site.get("/readyz").error()
        #expect(error["code"] as? String == "INDEX_BLOCKED")
        #expect(error["index"] as? String == "people.id")
        #expect(
            (error["message"] as? String)?.contains("2 of 2 indexes are not ready: people.email, people.id") == true)
        let missing = try site.get("/readyz?index=people.email&index=things.age")
        #expect(missing.status == 503)
        #expect(try missing.error()["code"] as? String == "NO_SUCH_INDEX")
        #expect(try missing.error()["index"] as? String == "things.age")
    }

    @Test(
        "a gate that was asked for wrongly does not stand open", arguments: ["?indexes=people.email", "?index=people"])
    func wrongQuestions(_ query: String) throws {
        let site = try Site()
        try site.publish(try site.declare("email"))
        let answer = try site.get("/readyz" + query)
        #expect(answer.status == 400)
        #expect(try answer.error()["code"] is String)
    }

    @Test("R1, R7: it turns with the commit that makes the index ready: not before it, and not a request later")
    func theMoment() throws {
        let site = try Site()
        try site.put(0..<10)
        let index = try site.declare("email")
        try site.publish(index) {
            // Everything is written and nothing is committed.
            let status = try site.get("/readyz").status
            #expect(status == 503)
        }
        #expect(try site.get("/readyz").status == 200)
        try site.store.write { txn in
            try site.store.dropIndex("people.email", in: txn)
            #expect(try site.get("/readyz?index=people.email").status == 200)
        }
        #expect(try site.get("/readyz?index=people.email").status == 503)
    }

    @Test("R1: during a rebuild the ready generation keeps the gate open, through its publishing too")
    func rebuild() throws {
        let site = try Site()
        try site.put(0..<10)
        let index = try site.declare("email")
        try site.publish(index)
        try site.store.write { _ = try site.store.declareRebuild(of: index, reason: "test", in: $0) }
        #expect(try site.get("/readyz").status == 200)
        try site.publish(index) {
            let status = try site.get("/readyz").status
            #expect(status == 200)
        }
        #expect(try site.get("/readyz").status == 200)
        #expect(try site.store.read { try site.store.readyIndex("people.email", in: $0).generation.number } == 2)
    }
}
