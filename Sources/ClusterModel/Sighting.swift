/// An interesting case that a step may turn out to be.
public enum Sighting: String, Hashable, Sendable, CaseIterable {
    /// A result under a lease that is no longer in force changed nothing.
    case staleResultRefused
    /// A result that had been counted was answered again.
    case countedResultRepeated
    /// A loader or drainer found in its transaction that its lease is gone.
    case lateLoaderFenced
    /// A former coordinator found that another is in office.
    case formerCoordinatorFenced
    /// A worker did not listen to a former coordinator.
    case oldEpochIgnored
    /// A worker kept its lease across a change of coordinators.
    case leaseKept
    /// A grant was sent again.
    case grantRepeated
    /// A worker was told to stop.
    case leaseRevoked
    /// A load went on where another had ended.
    case loadContinued
    /// A worker applied rows of the delta.
    case deltaDrained
    /// Publishing applied the rest of the delta.
    case deltaAppliedAtPublishing
    /// Publishing found more of the delta than it may apply.
    case deltaTooLarge
    /// The index got ready.
    case published
    /// A coordinator died between publishing and hearing of it.
    case publishingOutcomeLost
    /// The application wrote a record whose range had been scanned before.
    case writtenAfterScan
    /// The application wrote while entries were appended.
    case writtenWhileLoading
    /// The application wrote to the ready index.
    case writtenWhenReady
    /// A leaving worker kept what it had scanned and gave the rest back.
    case rangeCut
    /// The index was blocked by a record.
    case blockedByRecord
    /// The record was rewritten, and the index let go on.
    case unblocked
}
