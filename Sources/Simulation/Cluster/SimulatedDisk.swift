internal import Backfill
internal import Values

/// The run files of the simulated machine, with what of them would survive a loss of power.
struct SimulatedDisk {
    /// Whose entries a file holds, as its footer says.
    struct Identity: Hashable {
        var job: JobID
        var range: RangeID
        var attempt: Attempt
        var index: Int
        var generation: UInt64
    }

    /// What has become of a file.
    enum Damage {
        case none
        case short
        case corrupt
    }

    struct File {
        let identity: Identity
        let entries: [SimulatedEntry]
        let summary: RunSummary
        /// Who writes or wrote it: two threads may not write one file.
        let writer: Int
        var isUnfinished = true
        var isSynced = false
        var isNameSynced = false
        var damage = Damage.none
        /// Whether somebody outside the system damaged it.
        var isStruck = false
    }

    private(set) var files: [File] = []
    /// Files that somebody outside the system removed.
    private(set) var struck: Set<Identity> = []

    func place(of identity: Identity) -> Int? {
        files.lastIndex { !$0.isUnfinished && $0.identity == identity }
    }

    func file(_ identity: Identity) -> File? { place(of: identity).map { files[$0] } }

    /// Begins the unfinished file of a run; whatever unfinished one was there is gone.
    mutating func create(_ identity: Identity, _ entries: [SimulatedEntry], writer: Int) -> RunSummary {
        files.removeAll { $0.isUnfinished && $0.identity == identity }
        var digest = EntryDigest.zero
        var checksum: UInt64 = 14_695_981_039_346_656_037 ^ identity.range &* 31 ^ UInt64(identity.attempt)
        for entry in entries {
            digest.add(entry)
            checksum = (checksum ^ entry.bits) &* 1_099_511_628_211
        }
        let summary = RunSummary(
            file: "r\(identity.range)-a\(identity.attempt)-i\(identity.index).run", bytes: UInt64(8 * entries.count),
            digest: digest, checksum: checksum)
        files.append(File(identity: identity, entries: entries, summary: summary, writer: writer))
        return summary
    }

    mutating func sync(_ identity: Identity) {
        guard let place = files.lastIndex(where: { $0.isUnfinished && $0.identity == identity }) else { return }
        files[place].isSynced = true
    }

    /// Gives the unfinished file its name.
    mutating func rename(_ identity: Identity) {
        files.removeAll { !$0.isUnfinished && $0.identity == identity }
        guard let place = files.lastIndex(where: { $0.identity == identity }) else { return }
        files[place].isUnfinished = false
    }

    mutating func syncName(_ identity: Identity) {
        guard let place = place(of: identity) else { return }
        files[place].isNameSynced = true
    }

    /// Removes the files of an attempt.
    mutating func remove(job: JobID, range: RangeID, attempt: Attempt) {
        files.removeAll { file in
            let identity = file.identity
            return !file.isUnfinished && identity.job == job && identity.range == range && identity.attempt == attempt
        }
    }

    mutating func remove(job: JobID) { files.removeAll { $0.identity.job == job } }

    mutating func removeJobs(but kept: [JobID]) { files.removeAll { !kept.contains($0.identity.job) } }

    /// Damages a finished file from outside.
    mutating func strike(_ place: Int, _ damage: Damage?) {
        if let damage {
            files[place].damage = damage
            files[place].isStruck = true
        } else {
            struck.insert(files[place].identity)
            files.remove(at: place)
        }
    }

    /// What was not synced is lost, or torn, or was lucky. Says how many finished files suffered.
    mutating func losePower(_ dice: inout Dice) -> Int {
        var suffered = 0
        for place in files.indices.reversed() {
            if files[place].isUnfinished || !files[place].isNameSynced {
                if dice.chance(500) {
                    if !files[place].isUnfinished { suffered += 1 }
                    files.remove(at: place)
                    continue
                }
            }
            if !files[place].isSynced, dice.chance(700) {
                files[place].damage = dice.chance(500) ? .short : .corrupt
                if !files[place].isUnfinished { suffered += 1 }
            }
        }
        return suffered
    }
}

extension SimulatedDisk.File {
    /// What a reader that checks nothing gets out of it.
    var readable: [SimulatedEntry] {
        switch damage {
        case .none: entries
        case .short: Array(entries.prefix(entries.count / 2))
        case .corrupt: entries.map { SimulatedEntry(bits: $0.bits ^ 1 << 40) }
        }
    }
}

extension EntryDigest {
    /// Adds a simulated entry.
    mutating func add(_ entry: SimulatedEntry) {
        let bits = entry.bits.bigEndian
        withUnsafeBytes(of: bits) { add(entry: $0.bytes) }
    }

    /// The digest of these entries.
    init(of entries: some Sequence<SimulatedEntry>) {
        self = .zero
        for entry in entries { add(entry) }
    }
}
