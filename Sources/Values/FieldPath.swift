/// The name of a field, with a dot between the steps into nested maps: `address.city`.
///
/// A backslash makes the next dot or backslash part of a name: `a\.b` is the one field named `a.b`. Paths step into
/// maps by string keys; they do not step into arrays. Coded as its text.
public struct FieldPath: Hashable, Sendable {
    /// The most bytes that the text of a path may have: paths are typed by people and copied into every definition.
    public static let bytesMax = 1_024

    /// The path as it is written.
    public let text: String

    /// The UTF-8 bytes of each step, outermost first; never empty, and none is empty.
    public let components: [[UInt8]]

    /// Reads a path as it is written.
    ///
    /// Throws `FieldPathError` for an empty or too long text or an empty step.
    public init(_ text: String) throws(FieldPathError) {
        guard text.utf8.count <= Self.bytesMax else { throw FieldPathError(text: text, reason: .tooLong) }
        let components = try Self.steps(of: text)
        guard components.count < ValueLimits.depthMax else { throw FieldPathError(text: text, reason: .tooDeep) }
        self.components = components
        self.text = Self.written(components)
    }

    /// Splits at the dots that no backslash protects.
    private static func steps(of text: String) throws(FieldPathError) -> [[UInt8]] {
        var steps: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in text.utf8 {
            switch (isEscaped, byte) {
            case (false, UInt8(ascii: "\\")): isEscaped = true
            case (false, UInt8(ascii: ".")): steps.append([])
            case (true, UInt8(ascii: ".")), (true, UInt8(ascii: "\\")), (false, _):
                steps[steps.count - 1].append(byte)
                isEscaped = false
            case (true, _): throw FieldPathError(text: text, reason: .badEscape)
            }
        }
        guard !isEscaped else { throw FieldPathError(text: text, reason: .badEscape) }
        guard steps.allSatisfy({ !$0.isEmpty }) else { throw FieldPathError(text: text, reason: .emptyStep) }
        return steps
    }

    /// The one canonical way to write these steps.
    private static func written(_ steps: [[UInt8]]) -> String {
        let escaped = steps.map { step in
            step.flatMap { byte in
                byte == UInt8(ascii: ".") || byte == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), byte] : [byte]
            }
        }
        return String(decoding: Array(escaped.joined(separator: [UInt8(ascii: ".")])), as: UTF8.self)
    }

    /// Two paths are one if their steps have the same bytes.
    public static func == (a: FieldPath, b: FieldPath) -> Bool { a.components == b.components }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) { hasher.combine(components) }
}

extension FieldPath: CustomStringConvertible {
    /// The path as it is written.
    public var description: String { text }
}

extension FieldPath: Codable {
    /// Reads the text of a path.
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text of the path.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A text that is no field path.
public struct FieldPathError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public enum Reason: Hashable, Sendable {
        /// More than `FieldPath.bytesMax` bytes.
        case tooLong
        /// As many steps as values may nest, or more.
        case tooDeep
        /// Nothing between two dots, before the first or after the last.
        case emptyStep
        /// A backslash before something other than a dot or a backslash.
        case badEscape
    }

    /// The text as it was given.
    public let text: String
    /// What is wrong with it.
    public let reason: Reason

    /// What is wrong, and how to write it.
    public var description: String {
        switch reason {
        case .tooLong: "field path of \(text.utf8.count) bytes: at most \(FieldPath.bytesMax) are allowed"
        case .tooDeep: "field path with \(ValueLimits.depthMax) or more steps"
        case .emptyStep: "field path '\(text)' has an empty step: write names with single dots between them"
        case .badEscape: "field path '\(text)' has a stray backslash: only '\\.' and '\\\\' are allowed"
        }
    }
}
