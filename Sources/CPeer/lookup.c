#include "CPeer.h"
#include "source.h"

#include <stdio.h>
#include <string.h>

/// Reads a record wholly, so that its pages are touched.
static uint64_t touched(MDB_val value) {
    const volatile uint8_t *bytes = value.mv_data;
    for (size_t place = 0; place < value.mv_size; place += 64) (void)bytes[place];
    return value.mv_size;
}

static int look_up(cpeer_source *source, MDB_cursor *entries, MDB_val prefix, cpeer_lookups *result) {
    MDB_val entry = prefix, nothing;
    int code = mdb_cursor_get(entries, &entry, &nothing, MDB_SET_RANGE);
    while (code == 0 && entry.mv_size > prefix.mv_size && memcmp(entry.mv_data, prefix.mv_data, prefix.mv_size) == 0) {
        MDB_val primary = {entry.mv_size - prefix.mv_size, (uint8_t *)entry.mv_data + prefix.mv_size}, record;
        code = mdb_get(source->txn, source->records, &primary, &record);
        if (code) return code;
        result->found++;
        result->bytes += touched(record);
        code = mdb_cursor_get(entries, &entry, &nothing, MDB_NEXT);
    }
    return code == MDB_NOTFOUND ? 0 : code;
}

int cpeer_look_up(
    const cpeer_table *table, const char *index, const uint8_t *prefixes, const size_t *ends, size_t count,
    size_t rounds, cpeer_lookups *result) {
    memset(result, 0, sizeof *result);
    cpeer_source source;
    MDB_dbi database;
    MDB_cursor *entries = NULL;
    int code = cpeer_open_source(table, &source, result->message);
    if (!code && !(code = mdb_dbi_open(source.txn, index, 0, &database))) {
        code = mdb_cursor_open(source.txn, database, &entries);
    }
    double start = cpeer_seconds();
    for (size_t place = 0; !code && place < count * rounds; place++) {
        size_t which = place % count, begin = which ? ends[which - 1] : 0;
        code = look_up(&source, entries, (MDB_val){ends[which] - begin, (void *)(prefixes + begin)}, result);
    }
    result->seconds = cpeer_seconds() - start;
    if (code && !result->message[0]) {
        snprintf(result->message, CPEER_MESSAGE_BYTES, "looking up in %s: %s", index, mdb_strerror(code));
    }
    if (entries) mdb_cursor_close(entries);
    cpeer_close_source(&source);
    return code;
}
