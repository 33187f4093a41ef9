// Goal: whatever bytes come, the answer is a message or a typed error that says what is wrong, never a crash.
// Method: every truncation, every single missing field, random changes and random bytes, from a seed.

import Backfill
import Testing
import Values
import Wire

@Suite("Damage") struct DamageTests {
    private func worker(_ fields: [ProtobufField]) -> WireError? { workerError(frame(fields)) }

    private func workerError(_ bytes: [UInt8]) -> WireError? {
        do throws(WireError) {
            _ = try WireCodec.decodeWorker([bytes])
            return nil
        } catch {
            return error
        }
    }

    private func coordinatorError(_ bytes: [UInt8]) -> WireError? {
        do throws(WireError) {
            _ = try WireCodec.decodeCoordinator([bytes])
            return nil
        } catch {
            return error
        }
    }

    private let sender = ProtobufField(1, [UInt8](repeating: 1, count: 16))
    private let epoch = ProtobufField(2, 1)
    private let lease: [ProtobufField] = [.init(1, 7), .init(3, 0), .init(5, 2), .init(6, 3)]

    @Test("a message cut short anywhere is an error")
    func truncated() throws {
        print("seed \(runSeed)")
        var generator = Generator(seed: runSeed)
        for kind in 0..<Generator.workerKinds * 6 {
            let frame = try encoded(generator.workerEnvelope(kind: kind % Generator.workerKinds))
            for count in stride(from: 0, to: frame.count, by: frame.count > 1_000 ? 37 : 1) {
                #expect(workerError(Array(frame.prefix(count))) != nil, "seed \(runSeed), \(count) bytes of \(frame)")
            }
        }
        for kind in 0..<Generator.coordinatorKinds * 6 {
            let frame = try encoded(generator.coordinatorEnvelope(kind: kind % Generator.coordinatorKinds))
            for count in 0..<frame.count {
                #expect(
                    coordinatorError(Array(frame.prefix(count))) != nil, "seed \(runSeed), \(count) bytes of \(frame)")
            }
        }
    }

    @Test("a message with bytes changed is another message or an error")
    func changed() throws {
        print("seed \(runSeed)")
        var generator = Generator(seed: runSeed)
        var errors = 0
        var messages = 0
        for round in 0..<6_000 {
            let envelope = generator.workerEnvelope(kind: round % Generator.workerKinds)
            var frame = try encoded(envelope)
            for _ in 0...generator.below(3) { frame[generator.below(frame.count)] = UInt8(generator.below(256)) }
            if let read = try? WireCodec.decodeWorker([frame]) {  // an error is one of the two right answers
                // What was read can be said again: nothing out of bounds came in.
                #expect(try WireCodec.decodeWorker(WireCodec.encode(read)) == read, "seed \(runSeed)")
                messages += 1
            } else {
                errors += 1
            }
        }
        #expect(errors > 300 && messages > 300, "both were met")
    }

    @Test("random bytes are an error, with or without the head of a message")
    func random() {
        print("seed \(runSeed)")
        var generator = Generator(seed: runSeed)
        for _ in 0..<5_000 {
            let bytes = generator.bytes(0...200)
            if case .notGapless? = workerError(bytes) {} else { Issue.record("seed \(runSeed): \(bytes)") }
            let body = frame([]) + bytes
            #expect(workerError(body) != nil && coordinatorError(body) != nil, "seed \(runSeed): \(body)")
        }
    }

    @Test("a message without a field that must be there is refused by the field's name")
    func missing() throws {
        let optional: Set<String> = [
            "10.6", "11.1", "11.3", "12.3", "12.7", "33.3",  // by kind and field: absent is a meaning of its own
        ]
        var generator = Generator(seed: 1)
        var refused = 0
        for kind in 0..<Generator.workerKinds + Generator.coordinatorKinds {
            let isWorker = kind < Generator.workerKinds
            let bytes =
                isWorker
                ? try encoded(generator.workerEnvelope(kind: kind))
                : try encoded(generator.coordinatorEnvelope(kind: kind - Generator.workerKinds))
            let envelope = try #require(Protobuf.fields(Array(bytes.dropFirst(8))))
            let body = try #require(envelope.last)
            guard case .bytes(let content) = body.content, let fields = Protobuf.fields(content) else {
                Issue.record("kind \(body.number) has no body")
                continue
            }
            for number in Set(fields.map(\.number)).sorted() where !optional.contains("\(body.number).\(number)") {
                let rest = ProtobufField(body.number, fields.filter { $0.number != number })
                let cut = frame(envelope.dropLast() + [rest])
                let error = isWorker ? workerError(cut) : coordinatorError(cut)
                if case .missingField? = error {
                    refused += 1
                } else if !(body.number == 15 && number == 3) {
                    // A failure's damaged range must be there only for one of its kinds.
                    Issue.record("field \(number) of \(body.number): \(String(describing: error))")
                }
            }
            let headless = frame(Array(envelope.dropFirst()))
            #expect((isWorker ? workerError(headless) : coordinatorError(headless)) != nil)
        }
        #expect(refused >= 38)
    }

    @Test("a lease's and a run's missing fields are named by their path")
    func paths() {
        let noJob = Array(lease.dropFirst())
        #expect(
            worker([sender, epoch, .init(14, [.init(1, noJob), .init(2, 1), .init(3, 1)])])
                == .missingField("drained.lease.job"))
        let noItem = lease.filter { $0.number != 3 }
        #expect(
            worker([sender, epoch, .init(14, [.init(1, noItem), .init(2, 1), .init(3, 1)])])
                == .missingField("drained.lease.item"))
        #expect(worker([epoch, .init(16, [] as [UInt8])]) == .missingField("worker_envelope.sender"))
        #expect(worker([sender, .init(16, [] as [UInt8])]) == .missingField("worker_envelope.epoch"))
        let damaged: [ProtobufField] = [.init(1, lease), .init(2, 3), .init(4, Array("x".utf8))]
        #expect(worker([sender, epoch, .init(15, damaged)]) == .missingField("failed.damaged_range"))
    }

    @Test("a kind that is not known, and one that went the wrong way, is named by its number")
    func unknownKind() throws {
        #expect(worker([sender, epoch, .init(29, [] as [UInt8])]) == .unknownKind(field: 29))
        #expect(worker([sender, epoch]) == .unknownKind(field: nil))
        var generator = Generator(seed: 2)
        for kind in 0..<Generator.coordinatorKinds {
            var fields = try #require(
                Protobuf.fields(Array(try encoded(generator.coordinatorEnvelope(kind: kind)).dropFirst(8))))
            fields.insert(sender, at: 0)
            #expect(worker(fields) == .unknownKind(field: 30 + kind))
        }
        for kind in 0..<Generator.workerKinds {
            let frame = try encoded(generator.workerEnvelope(kind: kind))
            #expect(coordinatorError(frame) != nil)
        }
    }

    @Test("values that are not known are refused by field and value", arguments: [0, 7, 1_000_000])
    func unknownValue(value: UInt64) {
        let failed: [ProtobufField] = [.init(1, lease), .init(2, value), .init(4, Array("x".utf8))]
        #expect(
            worker([sender, epoch, .init(15, failed)])
                == .invalidField("failed.kind", reason: "has the unknown value \(value)"))
        let settled: [ProtobufField] = [.init(1, lease), .init(2, value)]
        #expect(
            coordinatorError(frame([epoch, .init(34, settled)]))
                == .invalidField("settled.settlement", reason: "has the unknown value \(value)"))
    }

    @Test(
        "a run's file is a bare name: nothing leads out of the job's folder",
        arguments: ["", ".", "..", "/etc/passwd", "../x", "a/b", "a\u{0}b", String(repeating: "x", count: 256)])
    func fileNames(name: String) {
        let run = RunSummary(file: name, bytes: 1, digest: .zero, checksum: 1)
        let result = ScanResult(
            lease: Lease(job: 1, item: .scan(range: 1), attempt: 1, epoch: 1), interval: .everything, runs: [run],
            records: 1, snapshotMin: 1, snapshotMax: 1, badRecords: [], badRecordsCount: 0, retries: 0)
        expectUnencodable(.scanned(result), naming: "scanned.runs.file")
        let digest: [ProtobufField] = [
            .init(1, 0), .init(number: 2, content: .fixed64(0)), .init(number: 3, content: .fixed64(0)),
        ]
        let fields: [ProtobufField] = [
            .init(1, Array(name.utf8)), .init(2, 1), .init(3, digest), .init(number: 4, content: .fixed64(1)),
        ]
        let scanned: [ProtobufField] =
            [.init(1, lease), .init(2, [] as [UInt8]), .init(3, [.init(1, fields)])]
            + [4, 5, 6, 8, 9].map { ProtobufField($0, 1) }
        #expect(
            worker([sender, epoch, .init(12, scanned)])
                == .invalidField("scanned.runs.file", reason: "is not a file's bare name"))
    }

    @Test("keys, nonces and lists outside their bounds are refused on both sides")
    func bounds() {
        for count in [0, 513] {
            let heartbeat = Heartbeat(
                lease: nil, isLeaving: false, position: Key([UInt8](repeating: 1, count: count)), records: 0,
                entries: 0, retries: 0)
            expectUnencodable(.heartbeat(heartbeat), naming: "heartbeat.position")
        }
        let short = ProtobufField(1, [UInt8](repeating: 1, count: 15))
        #expect(
            worker([short, epoch, .init(16, [] as [UInt8])])
                == .invalidField("worker_envelope.sender", reason: "has 15 bytes; a nonce has 16"))
        let bad = BadRecord(index: 0, primaryKey: Key([1]), error: "")
        let many = ScanResult(
            lease: Lease(job: 1, item: .scan(range: 1), attempt: 1, epoch: 1), interval: .everything, runs: [],
            records: 1, snapshotMin: 1, snapshotMax: 1,
            badRecords: Array(repeating: bad, count: ScanResult.badRecordsMax + 1), badRecordsCount: 1, retries: 0)
        expectUnencodable(.scanned(many), naming: "scanned.bad_records")
        for index in [-1, Int(UInt32.max) + 1] {
            let lease = Lease(job: 1, item: .load(index: index), attempt: 1, epoch: 1)
            expectUnencodable(.drained(DrainResult(lease: lease, applied: 0, retries: 0)), naming: "number")
        }
    }

    private func expectUnencodable(_ message: WorkerMessage, naming name: String) {
        do throws(WireError) {
            _ = try WireCodec.encode(WorkerEnvelope(sender: Nonce(high: 0, low: 0), epoch: 0, message: message))
            Issue.record("\(message) was encoded")
        } catch {
            guard case .unencodable(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains(name))
        }
    }

    @Test("a message has exactly one frame", arguments: [0, 2, 3])
    func frames(count: Int) {
        let frame = frame([sender, epoch, .init(16, [] as [UInt8])])
        #expect(throws: WireError.frameCount(count)) {
            try WireCodec.decodeWorker(Array(repeating: frame, count: count))
        }
    }
}
