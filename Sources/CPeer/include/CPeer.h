/// CPeer: the same work as Gapless does, as a good C programmer would write it first, to be compared with.
///
/// Each function opens LMDB environments by itself, so a process that has them open must not call it. A function
/// returns 0, or a number with a sentence in `message`.
#ifndef CPEER_H
#define CPEER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CPEER_MESSAGE_BYTES 256

/// Where the records are and what is indexed.
typedef struct cpeer_table {
    /// The folder of the environment that holds the records.
    const char *directory;
    /// The name of the database of the records: keys as they are, values as MessagePack maps.
    const char *records;
    /// The field of the map: a string, an integer, or an array of such.
    const char *field;
} cpeer_table;

/// What was done and how long it took.
typedef struct cpeer_build {
    uint64_t records;
    uint64_t entries;
    /// Pages of the index, in bytes.
    uint64_t index_bytes;
    double scan_seconds;
    double sort_seconds;
    /// Puts and commits.
    double append_seconds;
    double seconds;
    char message[CPEER_MESSAGE_BYTES];
} cpeer_build;

/// What a loop of lookups found.
typedef struct cpeer_lookups {
    uint64_t found;
    /// Bytes of the records found: all of them were read.
    uint64_t bytes;
    double seconds;
    char message[CPEER_MESSAGE_BYTES];
} cpeer_lookups;

/// What was imported and how long it took.
typedef struct cpeer_import {
    uint64_t records;
    uint64_t input_bytes;
    double seconds;
    char message[CPEER_MESSAGE_BYTES];
} cpeer_import;

/// Scans by cursor into memory, sorts, appends with MDB_APPEND in transactions of a million entries, to a new
/// environment in the folder `target`.
int cpeer_build_by_append(const cpeer_table *table, const char *target, cpeer_build *result);

/// Scans by cursor and puts each entry where it belongs, with a commit after every `per_commit` records.
int cpeer_build_by_puts(const cpeer_table *table, const char *target, uint64_t per_commit, cpeer_build *result);

/// Looks every prefix up in the database `index` of the table's environment, and reads the record of each entry that
/// begins with it. The prefixes stand one after the other in `prefixes`; prefix i ends before `ends[i]`. What follows
/// the prefix in an entry is the primary key. All in one read transaction, `rounds` times over.
int cpeer_look_up(
    const cpeer_table *table, const char *index, const uint8_t *prefixes, const size_t *ends, size_t count,
    size_t rounds, cpeer_lookups *result);

/// Parses a file of NDJSON with simdjson and appends (MDB_APPEND) each object as MessagePack under its `id`, to a new
/// environment in the folder `target`; on one thread, with a durable commit after each 8 MiB. The ids must rise, and
/// a line has less than 1 MiB.
int cpeer_import_by_append(const char *input, const char *target, cpeer_import *result);

#ifdef __cplusplus
}
#endif

#endif
