/// The page of one command in section 1, made from what the argument parser knows of it.
struct ManualPage {
    let command: ToolInfo.Command
    /// `January 31, 2026`.
    let date: String

    var fileName: String { "\(command.pageName).1" }

    var text: String {
        var page = Mdoc()
        page.macro("Dd \(date)")
        page.macro("Dt \(command.pageName.uppercased()) 1")
        page.macro("Os")
        page.macro("Sh NAME")
        page.macro("Nm \(command.pageName)")
        let abstract = command.abstract ?? command.pageName
        page.macro("Nd \(Mdoc.argument(abstract.hasSuffix(".") ? abstract.dropLast() : abstract[...]))")
        synopsis(&page)
        let (description, examples) = Self.parts(of: command.discussion ?? "")
        page.macro("Sh DESCRIPTION")
        page.prose(description.isEmpty ? abstract : description)
        list(&page)
        if command.superCommands == nil { ManualOverview.environmentAndFiles(&page) }
        ManualOverview.exitStatus(&page, isWhole: command.superCommands == nil)
        if !examples.isEmpty {
            page.macro("Sh EXAMPLES")
            page.prose(examples)
        }
        seeAlso(&page)
        return page.text
    }

    private func synopsis(_ page: inout Mdoc) {
        page.macro("Sh SYNOPSIS")
        page.macro("Nm \"\(command.words.joined(separator: " "))\"")
        guard command.shownSubcommands.isEmpty else {
            page.macro("Ar command")
            page.macro("Op Ar argument ...")
            return
        }
        for argument in command.shownArguments {
            let usage = Self.usage(of: argument, allNames: false)
            page.macro(argument.isOptional ? "Op \(usage)" : usage)
        }
    }

    /// `Fl -limit Ar n`.
    private static func usage(of argument: ToolInfo.Argument, allNames: Bool) -> String {
        let dots = argument.isRepeating ? " ..." : ""
        let value = "Ar \(Mdoc.argument(argument.valueName ?? "value"))"
        let names = (argument.names ?? []).sorted { $0.flag.count < $1.flag.count }
        let shown = allNames ? names[...] : names.suffix(1)
        let flags = shown.map { "Fl \($0.flag)" }.joined(separator: " , ")
        switch argument.kind {
        case .positional: return value + dots
        case .flag: return flags
        case .option: return "\(flags) \(value)\(dots)"
        }
    }

    private func list(_ page: inout Mdoc) {
        if !command.shownSubcommands.isEmpty {
            page.macro("Pp")
            page.line("The commands are:")
            page.macro("Bl -tag -width Ds")
            for subcommand in command.shownSubcommands {
                page.macro("It Xr \(subcommand.pageName) 1")
                page.line(subcommand.abstract ?? "")
            }
            page.macro("El")
        }
        guard !command.shownArguments.isEmpty else { return }
        page.macro("Pp")
        page.line("The arguments are:")
        page.macro("Bl -tag -width Ds")
        for argument in command.shownArguments {
            page.macro("It \(Self.usage(of: argument, allNames: true))")
            for line in [argument.abstract, argument.discussion].compactMap({ $0 }) { page.sentences(line) }
            if let values = argument.allValues, !values.isEmpty {
                page.line("One of \(values.joined(separator: ", ")).")
            }
            if let value = argument.defaultValue { page.line("Default: \(value).") }
        }
        page.macro("El")
    }

    private func seeAlso(_ page: inout Mdoc) {
        guard let parents = command.superCommands else { return }
        page.macro("Sh SEE ALSO")
        let names = parents.indices.map { parents[...$0].joined(separator: "-") }
        for (place, name) in names.enumerated() {
            page.macro("Xr \(name) 1\(place < names.count - 1 ? " ," : "")")
        }
    }

    /// The discussion before its line `Example:`, and what stands below it.
    static func parts(of discussion: String) -> (description: String, examples: String) {
        let lines = discussion.split(separator: "\n", omittingEmptySubsequences: false)
        let place = lines.firstIndex { ["Example:", "Examples:"].contains($0) } ?? lines.endIndex
        let description = lines[..<place].joined(separator: "\n")
        let examples = lines[place...].dropFirst().joined(separator: "\n")
        return (String(description.trimmed), String(examples.drop { $0 == "\n" }))
    }
}

extension String {
    /// Without newlines at its ends.
    fileprivate var trimmed: Substring {
        let end = lastIndex { $0 != "\n" }.map(index(after:)) ?? startIndex
        return self[..<end].drop { $0 == "\n" }
    }
}
