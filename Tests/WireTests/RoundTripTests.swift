// Goal: every message comes out as it went in, and its bytes are those that Protocol.md promises.
// Method: messages made from a seed; frames written by hand from the specification.

import Backfill
import Testing
import Values
import Wire

@Suite("Round trip") struct RoundTripTests {
    @Test("every message of a worker comes out as it went in", arguments: 0..<Generator.workerKinds)
    func worker(kind: Int) throws {
        print("seed \(runSeed)")
        var generator = Generator(seed: runSeed ^ UInt64(kind))
        for _ in 0..<300 {
            let envelope = generator.workerEnvelope(kind: kind)
            let frame = try encoded(envelope)
            #expect(try WireCodec.decodeWorker([frame]) == envelope, "seed \(runSeed)")
        }
    }

    @Test("every message of a coordinator comes out as it went in", arguments: 0..<Generator.coordinatorKinds)
    func coordinator(kind: Int) throws {
        print("seed \(runSeed)")
        var generator = Generator(seed: runSeed ^ UInt64(kind))
        for _ in 0..<300 {
            let envelope = generator.coordinatorEnvelope(kind: kind)
            let frame = try encoded(envelope)
            #expect(try WireCodec.decodeCoordinator([frame]) == envelope, "seed \(runSeed)")
        }
    }

    @Test("a goodbye is these bytes")
    func goodbye() throws {
        let envelope = WorkerEnvelope(sender: Nonce(high: 1, low: 2), epoch: 3, message: .goodbye)
        let bytes: [UInt8] =
            [0x47, 0x50, 0x4c, 0x53, 0, 0, 0, 1] + [0x0a, 16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
            + [0x10, 3] + [0x82, 0x01, 0]
        #expect(try encoded(envelope) == bytes)
        #expect(try WireCodec.decodeWorker([bytes]) == envelope)
    }

    @Test("a scan's result that was written by hand is read, and a grant is written as by hand")
    func byHand() throws {
        let lease = Lease(job: 7, item: .scan(range: 0), attempt: 2, epoch: 3)
        let leaseFields = [ProtobufField(1, 7), .init(2, 0), .init(5, 2), .init(6, 3)]
        let digest = EntryDigest(count: 5, low: 6, high: 7)
        let digestFields: [ProtobufField] = [
            .init(1, 5), .init(number: 2, content: .fixed64(6)), .init(number: 3, content: .fixed64(7)),
        ]
        let run: [ProtobufField] = [
            .init(1, Array("0.run".utf8)), .init(2, 99), .init(3, digestFields),
            .init(number: 4, content: .fixed64(.max)),
        ]
        let scanned: [ProtobufField] = [
            .init(1, leaseFields), .init(2, [.init(2, [0x30, 1])]), .init(3, [.init(1, run)]), .init(3, [] as [UInt8]),
            .init(4, 5), .init(5, 10), .init(6, 11),
            .init(7, [.init(1, 1), .init(2, [9]), .init(3, Array("bad".utf8))]),
            .init(8, 1), .init(9, 0),
        ]
        let expected = ScanResult(
            lease: lease, interval: KeyInterval(start: nil, end: Key([0x30, 1])),
            runs: [RunSummary(file: "0.run", bytes: 99, digest: digest, checksum: .max), nil], records: 5,
            snapshotMin: 10, snapshotMax: 11, badRecords: [BadRecord(index: 1, primaryKey: Key([9]), error: "bad")],
            badRecordsCount: 1, retries: 0)
        let sender = [UInt8](repeating: 0, count: 15) + [1]
        let written = frame([.init(1, sender), .init(2, 3), .init(12, scanned)])
        let read = try WireCodec.decodeWorker([written])
        #expect(read == WorkerEnvelope(sender: Nonce(high: 0, low: 1), epoch: 3, message: .scanned(expected)))
        #expect(try encoded(read) == written)

        let grant = Grant(
            lease: lease, table: 4, indexes: [JobIndex(index: 1, generation: 2, fingerprint: "ab")],
            interval: .everything, restarts: true)
        let grantFields: [ProtobufField] = [
            .init(1, leaseFields), .init(2, 4), .init(3, [.init(1, 1), .init(2, 2), .init(3, Array("ab".utf8))]),
            .init(4, [] as [UInt8]), .init(5, 1),
        ]
        let sent = try encoded(CoordinatorEnvelope(epoch: 3, message: .grant(grant)))
        #expect(sent == frame([.init(2, 3), .init(33, grantFields)]))
    }
}
