// Goal: a coordinator says nothing that is not stored. Method: a real socket of a worker, and a coordinator whose next
// commit is fenced.

import Glibc
import TestSupport
import Testing
import Values
import Wire
import ZeroMQ

@testable import Backfill
@testable import Coordinator
@testable import Ledger

@Suite("Order of storing and speaking")
struct OrderTests {
    @Test("P3, O2: what could not be stored is not said: a coordinator that lost its office grants nothing")
    func nothingIsSaid() throws {
        let desk = try Desk()
        try desk.put(0..<10)
        _ = try desk.declare()
        let process = try desk.process()
        let running = Background { try process.run() }
        while try desk.ledger.images().first?.row.isDiscovered != true { sched_yield() }
        _ = try desk.ledger.takeOffice(Desk.incarnation(2), program: "usurper")

        let worker = Desk.incarnation(7)
        var options = SocketOptions()
        options.routingID = [1] + worker.nonce.bytes
        let socket = try Socket(Context(), .dealer, options)
        let monitor = try Monitor(socket)
        try socket.connect("ipc://\(desk.folder)/c.sock")
        let hello = Hello(
            protocolVersion: BuildProtocol.version, program: "test", extractorVersion: EntryExtractor.version,
            incarnation: worker, environment: try desk.ledger.environment(), holding: nil)
        let envelope = WorkerEnvelope(sender: worker.nonce, epoch: 0, message: .hello(hello))
        try socket.send(WireCodec.encode(envelope), timeoutMillis: 30_000)

        #expect(throws: Fenced.self) { try running.result() }
        // Whatever was said before the connection ended has arrived by then.
        var event = try monitor.next(timeoutMillis: 30_000)
        while let seen = event, seen.kind != .disconnected { event = try monitor.next(timeoutMillis: 30_000) }
        #expect(event != nil)
        #expect(try socket.receive() == nil, "not even a welcome: it stands on the same batch")
        let range = try #require(try desk.ledger.images().first?.ranges.first)
        #expect(range.state == .pending && range.attempt == 0)
    }
}
