import FoundationEssentials

/// What the argument parser knows of the program: the JSON of `gapless --experimental-dump-help`, as far as pages of
/// the manual need it.
struct ToolInfo: Decodable {
    let serializationVersion: Int
    let command: Command

    struct Command: Decodable {
        let superCommands: [String]?
        let shouldDisplay: Bool
        let commandName: String
        let abstract: String?
        let discussion: String?
        let subcommands: [Command]?
        let arguments: [Argument]?

        /// `gapless index create`.
        var words: [String] { (superCommands ?? []) + [commandName] }
        /// `gapless-index-create`.
        var pageName: String { words.joined(separator: "-") }
        /// Those that users are told of; `help` has no page.
        var shownSubcommands: [Command] { (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" } }
        var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
        /// This command and all below it.
        var all: [Command] { [self] + shownSubcommands.flatMap(\.all) }
    }

    struct Argument: Decodable {
        enum Kind: String, Decodable { case positional, option, flag }

        struct Name: Decodable {
            let kind: String
            let name: String

            /// As `.Fl` wants it: the first hyphen is its own.
            var flag: String { kind == "long" ? "-\(name)" : name }
        }

        let kind: Kind
        let shouldDisplay: Bool
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let allValues: [String]?
        let abstract: String?
        let discussion: String?
    }

    /// The form that this file was written for.
    private static let versionKnown = 0

    /// Reads the JSON; throws if a newer argument parser says it in another form.
    init(json: String) throws {
        self = try JSONDecoder().decode(ToolInfo.self, from: Data(json.utf8))
        guard serializationVersion == Self.versionKnown else {
            throw CommandFailure(
                code: "DEFECT",
                message: "the argument parser tells of the commands in form \(serializationVersion), and the pages of "
                    + "the manual are made from form \(Self.versionKnown): build with the argument parser pinned by "
                    + "Package.resolved",
                exitCode: 70)
        }
    }
}
