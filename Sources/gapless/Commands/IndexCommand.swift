import ArgumentParser

/// `gapless index`: the indexes of a database.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Create, list, show, rebuild and drop indexes; direct their builds.",
        discussion: """
            Example:
              gapless index create people email
              gapless index show people.email
              gapless help index create
            """,
        subcommands: [
            IndexCreate.self, IndexList.self, IndexShow.self, IndexDrop.self, IndexPause.self, IndexResume.self,
            IndexCancel.self, IndexRebuild.self, IndexFailures.self, IndexRetry.self, IndexWaive.self,
            IndexExplain.self,
        ])
}
