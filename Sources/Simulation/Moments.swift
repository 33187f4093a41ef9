/// Interesting cases. A batch of runs in which one of them never happens proves nothing about it, and fails.
public enum Moment: Int, CaseIterable, Sendable {
    case queryAnswered, queryRefused
    case indexPublished, indexRebuilt, indexRecreated, indexBlocked, blockedIndexRetried
    case publishRacedByWriter, publishRefusedAsDeltaGrew, publishRefusedForBadRecords, publishRefusedAsUnproved
    case publishFailed, publishOutcomeLost
    case loaderKilledBetweenCommits, loaderContinuedBehindLastEntry, loadBeganAnew, loaderFenced
    case lateResultRefused, resultToldTwice, resultToldToSuccessor, leaseKeptOverRestart
    case rangeCutByStop, rangeCutByMemory, rangeBisected, rangeGivenUp, rangeScannedAnew
    case runFoundDamaged, runLostUnsynced
    case workerDeathNoticed, workerExpired, workerWokeLate, workerRefused, workerLeft
    case coordinatorFenced, coordinatorWokeLate, standbyTookOver, twoCoordinatorsAtOnce
    case killedBetweenCommitAndSend, killedBeforeCommit, powerLost, environmentRolledBack
    case messageLost, messageDoubled, messageOvertaken, partitionHealed, clockJumped
    case putRetried, spaceRanOut, commitLied, ledgerCommitRetried, readRetried
    case recordWrittenTwiceInOneTransaction, scannedRecordRewritten, tombstoneApplied, writeRefused
    case badRecordListed, badRecordHealed, badRecordWaived, deadlyRecordMet, deadlyRecordCornered
    case indexPausedInLoad, indexDroppedInLoad, indexDroppedInScan, buildCancelled
    case sharedKeyFoundByLoad, sharedKeyFoundByDrain, publishRefusedForSharedKeys, sharedKeysHealed
    case writerRefusedWhileBuilding, writerRefusedWhenReady
    case versionsMixed, upgradeFinished, pidUsedAgain, emptyTableIndexed, jobOfSeveralIndexes, tidiedWhileBuilding

    /// The name in tables.
    public var name: String { "\(self)" }
}

/// How often each moment was reached.
public struct Moments: Hashable, Sendable {
    private var counts = [Int](repeating: 0, count: Moment.allCases.count)

    /// None so far.
    public init() {}

    /// How often this one was reached.
    public subscript(moment: Moment) -> Int { counts[moment.rawValue] }

    /// Those that never happened.
    public var missing: [Moment] { Moment.allCases.filter { self[$0] == 0 } }

    mutating func count(_ moment: Moment) { counts[moment.rawValue] += 1 }

    /// Adds those of another run.
    public static func += (left: inout Moments, right: Moments) {
        for place in left.counts.indices { left.counts[place] += right.counts[place] }
    }
}
