internal import Backfill

/// Whoever changes the environment for a build owns, at that moment, the lease or the office that it acts for; no piece
/// of work has two owners, and no worker two pieces.
struct OneEffectiveOwner {
    static let name = "one effective owner"

    func check(_ commit: Commit) -> String? {
        switch commit.actor {
        case .loader(let nonce, let lease):
            return commit.before.isHeld(lease, by: nonce) ? nil : "a worker wrote under the \(lease), not its own"
        case .coordinator(let nonce, let epoch):
            guard let office = commit.before.office, office.epoch == epoch, office.holder == nonce else {
                return "a coordinator of epoch \(epoch) wrote in epoch \(commit.before.office?.epoch ?? 0)"
            }
            return commit.writes.isEmpty ? nil : twice(commit.after)
        case .office, .application, .operators, .tidying: return nil
        }
    }

    private func twice(_ store: SimulatedStore) -> String? {
        var owners: [Nonce] = []
        var loaders = 0
        for job in store.jobs where job.row.state == .open {
            for range in job.ranges where range.state == .leased {
                guard let owner = range.owner?.nonce else { return "range \(range.id) is leased to nobody" }
                owners.append(owner)
            }
            for build in job.builds where build.stage == .loading || build.stage == .draining {
                guard let owner = build.owner?.nonce else { return "build \(build.index) is leased to nobody" }
                owners.append(owner)
                loaders += 1
            }
        }
        if loaders > 1 { return "\(loaders) loads and drains at a time" }
        for (place, owner) in owners.enumerated() where owners[..<place].contains(owner) {
            return "worker \(owner.low) holds two leases"
        }
        return nil
    }
}
