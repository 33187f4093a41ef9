#include "source.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int failed(char *message, const char *call, const char *subject, int code) {
    snprintf(message, CPEER_MESSAGE_BYTES, "%s %s: %s", call, subject, mdb_strerror(code));
    return code;
}

int cpeer_open(const char *directory, unsigned flags, MDB_env **environment, char *message) {
    int code = mdb_env_create(environment);
    if (code) return failed(message, "mdb_env_create", directory, code);
    mdb_env_set_maxdbs(*environment, 64);
    mdb_env_set_mapsize(*environment, (size_t)64 << 30);
    code = mdb_env_open(*environment, directory, flags, 0600);
    return code ? failed(message, "mdb_env_open", directory, code) : 0;
}

int cpeer_open_source(const cpeer_table *table, cpeer_source *source, char *message) {
    memset(source, 0, sizeof *source);
    source->field = table->field;
    int code = cpeer_open(table->directory, MDB_RDONLY, &source->environment, message);
    if (code) return code;
    code = mdb_txn_begin(source->environment, NULL, MDB_RDONLY, &source->txn);
    if (code) return failed(message, "mdb_txn_begin", table->directory, code);
    code = mdb_dbi_open(source->txn, table->records, 0, &source->records);
    if (code) return failed(message, "mdb_dbi_open", table->records, code);
    code = mdb_cursor_open(source->txn, source->records, &source->cursor);
    return code ? failed(message, "mdb_cursor_open", table->records, code) : 0;
}

void cpeer_close_source(cpeer_source *source) {
    if (source->cursor) mdb_cursor_close(source->cursor);
    if (source->txn) mdb_txn_abort(source->txn);
    if (source->environment) mdb_env_close(source->environment);
}

double cpeer_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
