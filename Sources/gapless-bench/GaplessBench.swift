// The bench: makes the data set, runs the real program on it, and prints what it measured beside the floors.
//
//   Commands/   one file a command
//   DataSet/    the seeded generator
//   Floors/     the import and the build, with processes of the real program
//   Detection/  how soon ends of processes are noticed
//   Stages/     stages of a build in this process, for a profiler
//   Report/     figures, waits, tables, JSON
import ArgumentParser
import Glibc
import Supervision
import Tables

/// The program `gapless-bench`.
@main
struct GaplessBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gapless-bench",
        abstract: "Measures gapless on generated records; prints figures and fails by none of them.",
        discussion: """
            Example:
              gapless-bench floors --records 1000000 --workers 2
            """,
        version: Store.currentProgramVersion,
        subcommands: [
            GenerateCommand.self, FloorsCommand.self, DetectionCommand.self, ScanCommand.self, LoadCommand.self,
        ])
}
