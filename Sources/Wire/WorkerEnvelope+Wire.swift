// A worker's envelope, and those of its messages that are not results.

internal import Backfill
internal import SwiftProtobuf

extension ProtoWorkerEnvelope {
    init(_ envelope: WorkerEnvelope) {
        self.init()
        sender = bytes(envelope.sender.bytes)
        epoch = envelope.epoch
        kind =
            switch envelope.message {
            case .hello(let hello): .hello(ProtoHello(hello))
            case .heartbeat(let heartbeat): .heartbeat(ProtoHeartbeat(heartbeat))
            case .scanned(let result): .scanned(ProtoScanned(result))
            case .loaded(let result): .loaded(ProtoLoaded(result))
            case .drained(let result): .drained(ProtoDrained(result))
            case .failed(let failure): .failed(ProtoFailed(failure))
            case .goodbye: .goodbye(ProtoGoodbye())
            }
    }

    func envelope() throws(WireError) -> WorkerEnvelope {
        let path = "worker_envelope"
        return WorkerEnvelope(
            sender: try nonce(try required(hasSender, sender, path, "sender"), path, "sender"),
            epoch: try required(hasEpoch, epoch, path, "epoch"),
            message: try message())
    }

    private func message() throws(WireError) -> WorkerMessage {
        switch kind {
        case .hello(let hello): .hello(try hello.hello())
        case .heartbeat(let heartbeat): .heartbeat(try heartbeat.heartbeat())
        case .scanned(let result): .scanned(try result.result())
        case .loaded(let result): .loaded(try result.result())
        case .drained(let result): .drained(try result.result())
        case .failed(let failure): .failed(try failure.failure())
        case .goodbye: .goodbye
        case nil: throw .unknownKind(field: unknownFields.firstField)
        }
    }
}

extension ProtoHello {
    init(_ hello: Hello) {
        self.init()
        protocolVersion = hello.protocolVersion
        program = hello.program
        extractorVersion = hello.extractorVersion
        incarnation = ProtoIncarnation(hello.incarnation)
        environment = bytes(hello.environment.bytes)
        if let lease = hello.holding { holding = ProtoLease(lease) }
    }

    func hello() throws(WireError) -> Hello {
        let path = "hello"
        return Hello(
            protocolVersion: try required(hasProtocolVersion, protocolVersion, path, "protocol_version"),
            program: try required(hasProgram, program, path, "program"),
            extractorVersion: try required(hasExtractorVersion, extractorVersion, path, "extractor_version"),
            incarnation: try required(hasIncarnation, incarnation, path, "incarnation")
                .incarnation("hello.incarnation"),
            environment: try nonce(try required(hasEnvironment, environment, path, "environment"), path, "environment"),
            holding: hasHolding ? try holding.lease("hello.holding") : nil)
    }
}

extension ProtoHeartbeat {
    init(_ heartbeat: Heartbeat) {
        self.init()
        if let lease = heartbeat.lease { self.lease = ProtoLease(lease) }
        isLeaving = heartbeat.isLeaving
        if let key = heartbeat.position { position = bytes(key.bytes) }
        records = heartbeat.records
        entries = heartbeat.entries
        retries = heartbeat.retries
    }

    func heartbeat() throws(WireError) -> Heartbeat {
        let path = "heartbeat"
        return Heartbeat(
            lease: hasLease ? try lease.lease("heartbeat.lease") : nil,
            isLeaving: try required(hasIsLeaving, isLeaving, path, "is_leaving"),
            position: hasPosition ? try key(position, path, "position") : nil,
            records: try required(hasRecords, records, path, "records"),
            entries: try required(hasEntries, entries, path, "entries"),
            retries: try required(hasRetries, retries, path, "retries"))
    }
}
