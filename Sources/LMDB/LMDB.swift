// LMDB: the library behind `lmdb.h` as safe Swift, and nothing about tables or indexes.
//
// An `Environment` is a folder. `read` and `write` run a closure that is the transaction; cursors and views of the
// mapped memory live inside it and cannot leave it. Every failure is an `LMDBError`; every misuse stops the process
// with a message. `TransactionGate` keeps the rules that LMDB leaves to its callers: when the map may be replaced, when
// a database handle may be opened or closed. `WriterGate` lets a bulk loader see that others wait for the writer lock.

/// Stops the process when `condition` does not hold: a defect of the caller, with its message kept in release builds.
@inline(__always)
func invariant(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #file, line: UInt = #line
) {
    if !condition { fatalError(message(), file: file, line: line) }
}
