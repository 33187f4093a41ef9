/// Something worth a line in the log. The core logs nothing itself.
public struct Note: Hashable, Sendable {
    /// How much it matters.
    public enum Level: Hashable, Sendable {
        /// For those who follow the build closely.
        case info
        /// Something failed and is dealt with.
        case warning
        /// Something needs a person.
        case error
    }

    /// How much it matters.
    public var level: Level
    /// One sentence that names the thing.
    public var text: String

    /// A note.
    public init(_ level: Level, _ text: String) {
        self.level = level
        self.text = text
    }
}

extension Effects {
    mutating func info(_ text: String) { notes.append(Note(.info, text)) }
    mutating func warn(_ text: String) { notes.append(Note(.warning, text)) }
    mutating func error(_ text: String) { notes.append(Note(.error, text)) }
}
