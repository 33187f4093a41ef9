/// Builds of programs with other key rules (another extractor version), as there are in an upgrade.
///
/// Their ranges may have been scanned by those rules, and what is scanned here would follow ours: an index of both
/// would be wrong and its counts would add up. So nothing is done for them, and none is left waiting without a word.
extension Coordinator {
    func isForeign(_ demand: Demand) -> Bool {
        (demand.extractorVersion ?? extractorVersion) != extractorVersion
    }

    /// Names what blocks an index of a job that a program with other rules opened.
    mutating func blockForeign(index: Int, jobAt place: Int, into effects: inout Effects) {
        guard jobs[place].isForeign, var build = jobs[place].build(index) else { return }
        switch build.stage {
        case .published, .cancelled, .blocked: return
        case .waiting, .loading, .loaded, .draining, .drained: break
        }
        release(build, into: &effects)
        block(&build, because: reason(foreign: jobs[place].row.extractorVersion), jobAt: place, into: &effects)
    }

    /// The same for indexes that no job builds: older rules will not come back by themselves, newer ones do when the
    /// upgrade is finished.
    mutating func blockForeign(_ demands: [Demand], into effects: inout Effects) {
        let taken = jobs.flatMap(\.row.indexes)
        for demand in demands where demand.state == .building && !taken.contains(demand.index) && isForeign(demand) {
            guard let version = demand.extractorVersion else { continue }
            let name = "index \(demand.index.index)"
            if version > extractorVersion {
                effects.warn("\(name) waits for a coordinator of the version that declared it (key rules \(version))")
            } else {
                let reason = reason(foreign: version)
                effects.writes.append(.blocked(table: demand.table, index: demand.index, reason: reason))
                effects.error("\(name) is blocked: \(reason)")
            }
        }
    }

    private mutating func release(_ build: BuildRow, into effects: inout Effects) {
        guard let item = build.itemInHand, let owner = build.owner else { return }
        let lease = Lease(job: build.job, item: item, attempt: build.attempt, epoch: build.epoch)
        guard workforce[owner.nonce]?.lease == lease else { return }
        effects.send(.revoke(lease, reason: "the index belongs to another version"), to: owner.nonce)
        free(owner.nonce)
    }

    private func reason(foreign version: UInt32?) -> String {
        "it was declared with key rules \(version.map(String.init) ?? "unknown"), "
            + "this program has \(extractorVersion): "
            + "drop it and create it again, or go back to the version that declared it and retry"
    }
}
