// Goal: another version of the protocol is refused by a typed error that names both, and refused in its own terms;
// fields that a later program of the same version adds do no harm.

import Backfill
import Testing
import Wire

@Suite("Versions") struct VersionTests {
    private let ours = BuildProtocol.version

    private func relabelled(_ frame: [UInt8], _ version: UInt32) -> [UInt8] {
        var frame = frame
        for place in 0..<4 { frame[4 + place] = UInt8(truncatingIfNeeded: version >> (24 - 8 * UInt32(place))) }
        return frame
    }

    @Test("O6: a message of another version is refused, and the error names both", arguments: [0, 2, UInt32.max])
    func refused(theirs: UInt32) throws {
        var generator = Generator(seed: 3)
        let expected = WireError.version(theirs: theirs, ours: ours)
        for kind in 1..<Generator.workerKinds {
            let frame = relabelled(try encoded(generator.workerEnvelope(kind: kind)), theirs)
            #expect(throws: expected) { try WireCodec.decodeWorker([frame]) }
        }
        for kind in 0..<Generator.coordinatorKinds where kind != 2 {
            let frame = relabelled(try encoded(generator.coordinatorEnvelope(kind: kind)), theirs)
            #expect(throws: expected) { try WireCodec.decodeCoordinator([frame]) }
        }
        #expect(expected.description.contains("\(theirs)") && expected.description.contains("version \(ours)"))
    }

    @Test("O6: what another version's body holds does not matter: the error is about the version")
    func unreadableBody() {
        let expected = WireError.version(theirs: 9, ours: ours)
        for body in [[], [0xff], [0x0a, 200], ProtobufField(99, [1, 2, 3]).bytes] {
            #expect(throws: expected) { try WireCodec.decodeWorker([frame(version: 9, []) + body]) }
            #expect(throws: expected) { try WireCodec.decodeCoordinator([frame(version: 9, []) + body]) }
        }
    }

    @Test("O6: the hello of another version is read, so that it can be refused by name")
    func hello() throws {
        var generator = Generator(seed: 4)
        var envelope = generator.workerEnvelope(kind: 0)
        guard case .hello(var hello) = envelope.message else {
            Issue.record("the generator's first kind is a hello")
            return
        }
        hello.protocolVersion = 2
        envelope.message = .hello(hello)
        // A later version adds what it likes.
        let frame = relabelled(try encoded(envelope), 2) + ProtobufField(500, [1, 2]).bytes
        #expect(try WireCodec.decodeWorker([frame]) == envelope)
        // A hello that names another version than its frame is not to be trusted.
        #expect(throws: WireError.version(theirs: 3, ours: ours)) {
            try WireCodec.decodeWorker([relabelled(frame, 3)])
        }
    }

    @Test("O6: a worker reads a refusal from a coordinator of another version")
    func refusal() throws {
        let refusal = Refusal(reason: .protocolVersion, message: "worker 1.0 speaks 1, coordinator 2.0 speaks 2")
        let envelope = CoordinatorEnvelope(epoch: 5, message: .refused(refusal))
        #expect(try WireCodec.decodeCoordinator([relabelled(try encoded(envelope), 2)]) == envelope)
    }

    @Test("fields that a later program adds within the version are ignored, everywhere in a message")
    func unknownFields() throws {
        print("seed \(runSeed)")
        var generator = Generator(seed: runSeed)
        let added: [ProtobufField] = [
            .init(1_000, 7), .init(1_001, Array("later".utf8)), .init(number: 1_002, content: .fixed64(1)),
        ]
        for kind in 0..<Generator.workerKinds {
            let envelope = generator.workerEnvelope(kind: kind)
            let fields = try extended(try encoded(envelope), by: added)
            #expect(try WireCodec.decodeWorker([frame(fields)]) == envelope, "seed \(runSeed)")
        }
        for kind in 0..<Generator.coordinatorKinds {
            let envelope = generator.coordinatorEnvelope(kind: kind)
            let fields = try extended(try encoded(envelope), by: added)
            #expect(try WireCodec.decodeCoordinator([frame(fields)]) == envelope, "seed \(runSeed)")
        }
    }

    /// The envelope's fields with more of them, in the envelope, in its body and, where it has one, in the body's
    /// lease.
    private func extended(_ frame: [UInt8], by added: [ProtobufField]) throws -> [ProtobufField] {
        let envelope = try #require(Protobuf.fields(Array(frame.dropFirst(8))))
        return try added
            + envelope.map { field in
                guard case .bytes(let content) = field.content, field.number >= 10 else { return field }
                var body = try #require(Protobuf.fields(content))
                let isLeaseFirst = [12, 13, 14, 15, 33, 34, 35].contains(field.number)
                if isLeaseFirst, case .bytes(let lease) = body[0].content {
                    body[0] = ProtobufField(1, try #require(Protobuf.fields(lease)) + added)
                }
                return ProtobufField(field.number, added + body)
            }
    }
}
