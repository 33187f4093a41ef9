// Tables: what is stored. Its one job: records and the entries derived from them change together or not at all.
//
// The store is one LMDB environment. Its catalog says which tables and indexes exist and which generation of each index
// is ready; every function here reads the catalog in the transaction it was handed, so that no process ever acts on a
// readiness it remembers. Two groups of calls share the types:
//
//   records      TableWriter, Store.put/get/delete, primary keys as text, queries
//   build side   declareIndex, deltas, drain, publish, bad records, verify: the pieces a build is made of
//
// Databases in the environment:
//
//   gapless/catalog        format, environment id, stamp, table and index rows
//   gapless/bad            bad records of builds
//   t/<table>              records: encoded primary key -> encoded value
//   i/<index>/<generation> entries: entry -> nothing
//   d/<index>/<generation> delta of a generation under build: entry -> present or tombstone
