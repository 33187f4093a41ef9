// Status: what there is to tell of an environment, as values with the JSON of the outside's contract.
//
//   ClusterStatus   coordinator, workers, indexes, and what is wrong
//   IndexSummary    one index: its meaning, its state, what blocks it
//   JobSummary      how far the build of an index is
//   Refusal         what a refused query is told of the build that it waits for
//   JSONLine        any of them as one line
//
// It reads and decides nothing. What is true of readiness is asked of Tables in a transaction of one's own.
