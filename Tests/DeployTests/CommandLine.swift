import ArgumentParser
import Foundation

@testable import gapless

/// A command line of the program as some file quotes it.
struct CommandLine: CustomStringConvertible {
    /// Where it stands: `deploy/RUNBOOK.md:12`.
    let place: String
    /// The words after `gapless`.
    let words: [String]

    var description: String { "\(place): gapless \(words.joined(separator: " "))" }

    /// What is wrong with it: a command, a flag or a value that the program does not take; nil if nothing is.
    var fault: String? {
        guard let first = words.first else { return nil }
        if first == "help" {
            return CommandLine.isCommand(words.dropFirst()) ? nil : "\(self): there is no such command to explain"
        }
        do {
            _ = try Gapless.parseAsRoot(words)
            return nil
        } catch {
            // Asking for the help or the version is no error, though the parser throws it.
            guard !Gapless.exitCode(for: error).isSuccess else { return nil }
            return "\(self): \(Gapless.message(for: error))"
        }
    }

    /// Whether a command of this name has commands of its own.
    static func hasSubcommands(_ name: String) -> Bool {
        Gapless.configuration.subcommands.contains {
            $0.configuration.commandName == name && !$0.configuration.subcommands.isEmpty
        }
    }

    /// Whether these words lead to a command.
    static func isCommand(_ words: ArraySlice<String>) -> Bool {
        var commands = Gapless.configuration.subcommands
        for word in words {
            guard let command = commands.first(where: { $0.configuration.commandName == word }) else { return false }
            commands = command.configuration.subcommands
        }
        return true
    }
}

/// Splits a line of a shell into the words of its commands, as far as documentation needs it.
struct ShellLine {
    /// The commands of the line, without redirections and comments.
    private(set) var commands: [[String]] = [[]]

    init(_ line: String) {
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == "#", word == nil {
                break
            } else if "|;&".contains(character) {
                end(&word)
                commands.append([])
            } else if character == " " {
                end(&word)
            } else {
                word = (word ?? "") + String(character)
            }
        }
        end(&word)
        commands = commands.map { words in Array(words.prefix { !$0.hasPrefix(">") && !$0.hasPrefix("2>") }) }
            .filter { !$0.isEmpty }
    }

    private mutating func end(_ word: inout String?) {
        if let word { commands[commands.count - 1].append(word) }
        word = nil
    }

    /// What comes after the program's name, in each command that runs it, whatever runs it: sudo, docker, kubectl.
    var ofGapless: [[String]] {
        commands.compactMap { words in
            guard
                let place = words.lastIndex(where: {
                    $0 == "gapless" || $0.hasSuffix("/gapless") && !$0.contains("=")
                })
            else {
                return nil
            }
            return Array(words[(place + 1)...])
        }
    }
}
