/// The module's one job: the messages of a build as bytes, and bytes as messages or a typed error.
///
/// One ZeroMQ message carries one frame (a router sees the peer's routing id before it): the head, which names the
/// protocol and its version, and a protobuf envelope. `Protocol.md` in this module's catalog tells all of it.
/// Nothing here reads a clock, a socket or a file. All functions may be called from any thread.
public import Backfill
internal import SwiftProtobuf

/// Turns envelopes into frames and back.
public enum WireCodec {
    /// A worker's message as the frames to send.
    ///
    /// - Throws: ``WireError/unencodable(_:)`` for a message that a receiver would refuse; to send one is a defect.
    public static func encode(_ envelope: WorkerEnvelope) throws(WireError) -> [[UInt8]] {
        let proto = ProtoWorkerEnvelope(envelope)
        try checkReadable { () throws(WireError) in try proto.envelope() == envelope }
        return [try FrameHead.current.bytes + serialized(proto)]
    }

    /// A coordinator's message as the frames to send.
    ///
    /// - Throws: ``WireError/unencodable(_:)`` for a message that a receiver would refuse; to send one is a defect.
    public static func encode(_ envelope: CoordinatorEnvelope) throws(WireError) -> [[UInt8]] {
        let proto = ProtoCoordinatorEnvelope(envelope)
        try checkReadable { () throws(WireError) in try proto.envelope() == envelope }
        return [try FrameHead.current.bytes + serialized(proto)]
    }

    /// Reads the frames that came from a worker, without the routing id.
    ///
    /// A hello is read whatever the sender's protocol version, so that it can be refused by name.
    /// - Throws: ``WireError``.
    public static func decodeWorker(_ frames: [[UInt8]]) throws(WireError) -> WorkerEnvelope {
        try decode(frames) { (proto: ProtoWorkerEnvelope, version) throws(WireError) in
            let envelope = try proto.envelope()
            guard version != BuildProtocol.version else { return envelope }
            guard case .hello(let hello) = envelope.message, hello.protocolVersion == version else { return nil }
            return envelope
        }
    }

    /// Reads the frames that came from a coordinator.
    ///
    /// A refusal is read whatever the sender's protocol version, so that the worker learns why.
    /// - Throws: ``WireError``.
    public static func decodeCoordinator(_ frames: [[UInt8]]) throws(WireError) -> CoordinatorEnvelope {
        try decode(frames) { (proto: ProtoCoordinatorEnvelope, version) throws(WireError) in
            let envelope = try proto.envelope()
            guard version != BuildProtocol.version else { return envelope }
            guard case .refused = envelope.message else { return nil }
            return envelope
        }
    }

    /// `read` answers nil for a message that another version of the protocol may not say to this one.
    private static func decode<Proto: SwiftProtobuf.Message, Envelope>(
        _ frames: [[UInt8]], _ read: (Proto, _ version: UInt32) throws(WireError) -> Envelope?
    ) throws(WireError) -> Envelope {
        guard frames.count == 1, let frame = frames.first else { throw .frameCount(frames.count) }
        let head = try FrameHead(frame)
        let otherVersion = WireError.version(theirs: head.version, ours: BuildProtocol.version)
        do throws(WireError) {
            let proto: Proto = try parsed(Array(frame.dropFirst(FrameHead.byteCount)))
            guard let envelope = try read(proto, head.version) else { throw otherVersion }
            return envelope
        } catch {
            // What is wrong with the body of another version is not for this one to judge.
            throw head.version == BuildProtocol.version ? error : otherVersion
        }
    }

    private static func parsed<Proto: SwiftProtobuf.Message>(_ body: [UInt8]) throws(WireError) -> Proto {
        do {
            return try Proto(serializedBytes: body)
        } catch {
            throw .malformed("\(error)")
        }
    }

    private static func serialized(_ proto: some SwiftProtobuf.Message) throws(WireError) -> [UInt8] {
        do {
            return try proto.serializedBytes()
        } catch {
            throw .unencodable("\(error)")
        }
    }

    /// What is sent can be read: a message is checked by the receiver's own rules, and must come out as it went in.
    private static func checkReadable(_ isSame: () throws(WireError) -> Bool) throws(WireError) {
        do throws(WireError) {
            guard try isSame() else { throw .unencodable("a number is outside what the protocol can carry") }
        } catch {
            if case .unencodable = error { throw error }
            throw .unencodable(error.description)
        }
    }
}
