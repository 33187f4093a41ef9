#ifndef CPEER_SOURCE_H
#define CPEER_SOURCE_H

#include "CPeer.h"

#include <lmdb.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A table being read.
typedef struct cpeer_source {
    MDB_env *environment;
    MDB_txn *txn;
    MDB_dbi records;
    MDB_cursor *cursor;
    const char *field;
} cpeer_source;

/// Opens an environment that may grow to 64 GiB; `flags` as of mdb_env_open.
int cpeer_open(const char *directory, unsigned flags, MDB_env **environment, char *message);

/// Opens the table's environment for reading and a cursor over its records.
int cpeer_open_source(const cpeer_table *table, cpeer_source *source, char *message);
void cpeer_close_source(cpeer_source *source);

/// The monotonic clock.
double cpeer_seconds(void);

#ifdef __cplusplus
}
#endif

#endif
