/// Protections that can be taken out of the simulated store and the simulated worker.
///
/// They prove the checkers: a simulation with one of them has to turn red.
public struct Weaknesses: OptionSet, Hashable, Sendable {
    /// One bit a weakness.
    public let rawValue: UInt32

    /// A set of these bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Writers leave no tombstones in a delta (W2).
    public static let forgetTombstones = Weaknesses(rawValue: 1 << 0)
    /// Writers leave out of the delta what is already there (W3).
    public static let elideWhileBuilding = Weaknesses(rawValue: 1 << 1)
    /// Two writes of one transaction are both compared with the committed record (W5).
    public static let diffAgainstCommitted = Weaknesses(rawValue: 1 << 2)
    /// Publishing leaves the rest of the delta where it is (W4).
    public static let skipDrainRest = Weaknesses(rawValue: 1 << 3)
    /// Publishing does not ask for the proof (S1, S2).
    public static let publishUnproved = Weaknesses(rawValue: 1 << 4)
    /// Publishing does not look at the list of bad records (S6).
    public static let ignoreBadRecords = Weaknesses(rawValue: 1 << 5)
    /// A loader's transactions do not confirm the lease (O2).
    public static let noLeaseFence = Weaknesses(rawValue: 1 << 6)
    /// A coordinator's transactions do not confirm the epoch (O2).
    public static let noOfficeFence = Weaknesses(rawValue: 1 << 7)
    /// A scan is reported before its runs are durable (P3).
    public static let reportBeforeSync = Weaknesses(rawValue: 1 << 8)
    /// A worker that is asked to stop reports its whole range (S7).
    public static let exitIsSuccess = Weaknesses(rawValue: 1 << 9)
    /// A loader goes on behind a batch whose transaction failed (P1). Reading back finds it, and the load begins anew.
    public static let skipFailedBatch = Weaknesses(rawValue: 1 << 10)
    /// A loader takes run files as they are (P4).
    public static let trustRunFiles = Weaknesses(rawValue: 1 << 11)
    /// A scan reads a snapshot from before the index was declared (W1).
    public static let staleSnapshot = Weaknesses(rawValue: 1 << 12)
    /// A scan passes over records that it cannot index (S1).
    public static let passOverBadRecords = Weaknesses(rawValue: 1 << 13)
    /// A loader reports the runs' digest instead of reading the index back, having left out its last batch (S3).
    public static let skipReadBack = Weaknesses(rawValue: 1 << 14)
    /// A query answers from an index that is still being built (R4).
    public static let answerWhileBuilding = Weaknesses(rawValue: 1 << 16)
    /// A rolled-back environment keeps its marks (P3).
    public static let marksOutliveRollback = Weaknesses(rawValue: 1 << 17)
    /// Publishing does not look at the suspects of a unique index (S6).
    public static let publishSharedKeys = Weaknesses(rawValue: 1 << 18)
    /// A load does not list the keys that several records have (L9).
    public static let loadNotesNoKeys = Weaknesses(rawValue: 1 << 19)
    /// A drain does not list the keys that another record has, too (W4).
    public static let drainNotesNoKeys = Weaknesses(rawValue: 1 << 20)
    /// Writers may take a key of a unique index that another record has.
    public static let admitSharedKeys = Weaknesses(rawValue: 1 << 21)
    /// A writer who is refused keeps what its transaction wrote before.
    public static let keepRefusedWrites = Weaknesses(rawValue: 1 << 22)
    /// Once suspected, a key is taken for shared whatever becomes of its records.
    public static let neverHealKeys = Weaknesses(rawValue: 1 << 23)
    /// Writers are refused a key that its record has given up since it was loaded.
    public static let refuseFreedKeys = Weaknesses(rawValue: 1 << 24)
    /// Of the nulls of a unique index there may be one.
    public static let nullsAreShared = Weaknesses(rawValue: 1 << 25)
    /// A unique index that is blocked is not asked whether its records were mended.
    public static let stayBlocked = Weaknesses(rawValue: 1 << 26)

    /// Each by its name.
    public static let named: [(name: String, weakness: Weaknesses)] = [
        ("forget-tombstones", .forgetTombstones), ("elide-while-building", .elideWhileBuilding),
        ("diff-against-committed", .diffAgainstCommitted), ("skip-drain-rest", .skipDrainRest),
        ("publish-unproved", .publishUnproved), ("ignore-bad-records", .ignoreBadRecords),
        ("no-lease-fence", .noLeaseFence), ("no-office-fence", .noOfficeFence),
        ("report-before-sync", .reportBeforeSync), ("exit-is-success", .exitIsSuccess),
        ("skip-failed-batch", .skipFailedBatch), ("trust-run-files", .trustRunFiles),
        ("stale-snapshot", .staleSnapshot), ("pass-over-bad-records", .passOverBadRecords),
        ("skip-read-back", .skipReadBack),
        ("answer-while-building", .answerWhileBuilding), ("marks-outlive-rollback", .marksOutliveRollback),
        ("publish-shared-keys", .publishSharedKeys), ("load-notes-no-keys", .loadNotesNoKeys),
        ("drain-notes-no-keys", .drainNotesNoKeys), ("admit-shared-keys", .admitSharedKeys),
        ("keep-refused-writes", .keepRefusedWrites), ("never-heal-keys", .neverHealKeys),
        ("refuse-freed-keys", .refuseFreedKeys), ("nulls-are-shared", .nullsAreShared),
        ("stay-blocked", .stayBlocked),
    ]
}
