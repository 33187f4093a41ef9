// A coordinator's envelope and its messages.

internal import Backfill
internal import SwiftProtobuf

extension ProtoCoordinatorEnvelope {
    init(_ envelope: CoordinatorEnvelope) {
        self.init()
        epoch = envelope.epoch
        kind =
            switch envelope.message {
            case .welcome(let welcome): .welcome(ProtoWelcome(welcome))
            case .introduce: .introduce(ProtoIntroduce())
            case .refused(let refusal): .refused(ProtoRefused(refusal))
            case .grant(let grant): .grant(ProtoGrant(grant))
            case .settled(let lease, let settlement): .settled(ProtoSettled(lease, settlement))
            case .revoke(let lease, let reason): .revoke(ProtoRevoke(lease, reason))
            }
    }

    func envelope() throws(WireError) -> CoordinatorEnvelope {
        CoordinatorEnvelope(
            epoch: try required(hasEpoch, epoch, "coordinator_envelope", "epoch"),
            message: try message())
    }

    private func message() throws(WireError) -> CoordinatorMessage {
        switch kind {
        case .welcome(let welcome): .welcome(try welcome.welcome())
        case .introduce: .introduce
        case .refused(let refusal): .refused(try refusal.refusal())
        case .grant(let grant): .grant(try grant.grant())
        case .settled(let settled): try settled.message()
        case .revoke(let revoke): try revoke.message()
        case nil: throw .unknownKind(field: unknownFields.firstField)
        }
    }
}

extension ProtoWelcome {
    init(_ welcome: Welcome) {
        self.init()
        program = welcome.program
        heartbeatMillis = welcome.heartbeatMillis
        keeps = welcome.keeps
    }

    func welcome() throws(WireError) -> Welcome {
        Welcome(
            program: try required(hasProgram, program, "welcome", "program"),
            heartbeatMillis: try required(hasHeartbeatMillis, heartbeatMillis, "welcome", "heartbeat_millis"),
            keeps: try required(hasKeeps, keeps, "welcome", "keeps"))
    }
}

extension ProtoRefused {
    init(_ refusal: Refusal) {
        self.init()
        message = refusal.message
        reason =
            switch refusal.reason {
            case .protocolVersion: .protocolVersion
            case .extractorVersion: .extractorVersion
            case .environment: .environment
            }
    }

    func refusal() throws(WireError) -> Refusal {
        Refusal(reason: try refusalReason(), message: try required(hasMessage, message, "refused", "message"))
    }

    private func refusalReason() throws(WireError) -> Refusal.Reason {
        switch try required(hasReason, reason, "refused", "reason") {
        case .protocolVersion: .protocolVersion
        case .extractorVersion: .extractorVersion
        case .environment: .environment
        case .unspecified: throw unknownValue(0, "refused", "reason")
        case .UNRECOGNIZED(let number): throw unknownValue(number, "refused", "reason")
        }
    }
}

extension ProtoGrant {
    init(_ grant: Grant) {
        self.init()
        lease = ProtoLease(grant.lease)
        table = grant.table
        indexes = grant.indexes.map { ProtoJobIndex($0) }
        interval = ProtoKeyInterval(grant.interval)
        restarts = grant.restarts
    }

    func grant() throws(WireError) -> Grant {
        let path = "grant"
        try checkCount(indexes.count, atMost: jobIndexesMax, path, "indexes")
        return Grant(
            lease: try required(hasLease, lease, path, "lease").lease("grant.lease"),
            table: try required(hasTable, table, path, "table"),
            indexes: try indexes.map { index throws(WireError) in try index.index("grant.indexes") },
            interval: try required(hasInterval, interval, path, "interval").interval("grant.interval"),
            restarts: try required(hasRestarts, restarts, path, "restarts"))
    }
}

extension ProtoJobIndex {
    init(_ index: JobIndex) {
        self.init()
        self.index = index.index
        generation = index.generation
        fingerprint = index.fingerprint
    }

    func index(_ path: String) throws(WireError) -> JobIndex {
        JobIndex(
            index: try required(hasIndex, index, path, "index"),
            generation: try required(hasGeneration, generation, path, "generation"),
            fingerprint: try required(hasFingerprint, fingerprint, path, "fingerprint"))
    }
}

extension ProtoSettled {
    init(_ lease: Lease, _ settlement: Backfill.Settlement) {
        self.init()
        self.lease = ProtoLease(lease)
        self.settlement =
            switch settlement {
            case .counted: .counted
            case .stale: .stale
            }
    }

    func message() throws(WireError) -> CoordinatorMessage {
        let lease = try required(hasLease, lease, "settled", "lease").lease("settled.lease")
        switch try required(hasSettlement, settlement, "settled", "settlement") {
        case .counted: return .settled(lease, .counted)
        case .stale: return .settled(lease, .stale)
        case .unspecified: throw unknownValue(0, "settled", "settlement")
        case .UNRECOGNIZED(let number): throw unknownValue(number, "settled", "settlement")
        }
    }
}

extension ProtoRevoke {
    init(_ lease: Lease, _ reason: String) {
        self.init()
        self.lease = ProtoLease(lease)
        self.reason = reason
    }

    func message() throws(WireError) -> CoordinatorMessage {
        .revoke(
            try required(hasLease, lease, "revoke", "lease").lease("revoke.lease"),
            reason: try required(hasReason, reason, "revoke", "reason"))
    }
}
