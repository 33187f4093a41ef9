/// Why bytes are no message.
public enum WireError: Error, Hashable, Sendable {
    /// A message of so many frames; it has one.
    case frameCount(Int)
    /// The frame does not begin as Gapless's frames do.
    case notGapless(byteCount: Int)
    /// The sender speaks another version of the protocol.
    case version(theirs: UInt32, ours: UInt32)
    /// The body is not protobuf, or cut short.
    case malformed(String)
    /// A kind that is not known here, or went the wrong way; the number of its field, if there is one.
    case unknownKind(field: Int?)
    /// A field that must be there is not; its path, as "scanned.lease.job".
    case missingField(String)
    /// A field has a value that is not known or not allowed; its path, and what is wrong with it.
    case invalidField(String, reason: String)
    /// A message that was to be sent cannot be: a defect of the sender.
    case unencodable(String)
}

extension WireError: CustomStringConvertible {
    /// What is wrong and, where there is one, the way out.
    public var description: String {
        switch self {
        case .frameCount(let count): "the message has \(count) frames and should have 1"
        case .notGapless(let byteCount):
            "these \(byteCount) bytes are no message of Gapless; something else is connected"
        case .version(let theirs, let ours):
            "the other side speaks version \(theirs) of the protocol, this side version \(ours); "
                + "upgrade the \(theirs < ours ? "other" : "this") side"
        case .malformed(let reason): "the message cannot be read: \(reason)"
        case .unknownKind(let field?): "the kind of message in field \(field) is not known"
        case .unknownKind(nil): "the message has no kind"
        case .missingField(let path): "the message has no \(path)"
        case .invalidField(let path, let reason): "the message's \(path) \(reason)"
        case .unencodable(let reason): "the message cannot be sent: \(reason)"
        }
    }
}
