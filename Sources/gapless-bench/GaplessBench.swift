// The bench: makes data sets, runs the real program and its peers on them, and prints what it measured.
//
//   Commands/   one file a command, one command a question
//   Goals/      all questions, one after the other
//   Bench/      what they measure in: a folder, processes, the options of all
//   DataSet/    the seeded generator
//   Import/     the import, and the same by a loop in C++
//   Build/      a build with processes of the real program, watched from outside
//   Eta/        what a build says of its end
//   Peers/      the same index by PostgreSQL, SQLite, and loops in C
//   Query/      queries on a ready index
//   Core/       the coordinator's decisions alone
//   Detection/  how soon ends of processes are noticed
//   Stages/     stages of a build in this process, for a profiler
//   Report/     figures, medians, ratios, tables, JSON, baselines
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
              gapless-bench build --records 1000000 --peers postgres,lmdb-c-append
            """,
        version: Store.currentProgramVersion,
        subcommands: [
            BuildCommand.self, PhasesCommand.self, IndexesCommand.self, WorkersCommand.self, GrowthCommand.self,
            SizeCommand.self, LatencyCommand.self, ImportCommand.self, VerifyCommand.self, WriterCommand.self,
            ColdCommand.self, EtaCommand.self, QueryCommand.self, CoordinatorCommand.self, DetectionCommand.self,
            KillCommand.self, GenerateCommand.self, ScanCommand.self, LoadCommand.self, CLoopCommand.self,
            CLookupCommand.self, CImportCommand.self, GoalsCommand.self,
        ])
}
