/// How the values of a table's records are stored.
public enum ValueFormat: String, Hashable, Sendable, Codable, CaseIterable {
    /// MessagePack.
    case messagePack = "msgpack"
    /// JSON text, UTF-8.
    case json
}
