#include "CPeer.h"
#include "field.h"
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t entries_per_commit = 1000000;

/// An entry in memory: its first bytes as a number, for quick comparisons, and all of it.
typedef struct item {
    uint64_t head;
    size_t offset;
} item;

typedef struct builder {
    cpeer_source source;
    MDB_env *target;
    MDB_txn *txn;
    MDB_dbi index;
    MDB_val primary;
    cpeer_build *result;
    uint8_t *bytes;
    size_t bytes_count, bytes_room;
    item *items;
    size_t items_room;
} builder;

static int failed(builder *of, const char *call, int code) {
    snprintf(of->result->message, CPEER_MESSAGE_BYTES, "%s: %s", call, mdb_strerror(code));
    return code;
}

static size_t make_entry(const builder *of, const uint8_t *key, size_t key_bytes, uint8_t *entry) {
    size_t room = CPEER_ENTRY_BYTES_MAX - of->primary.mv_size;
    if (key_bytes > room) key_bytes = room;
    memcpy(entry, key, key_bytes);
    memcpy(entry + key_bytes, of->primary.mv_data, of->primary.mv_size);
    return key_bytes + of->primary.mv_size;
}

static void *grown(void *old, size_t *room, size_t needed, size_t unit) {
    while (*room < needed) *room = *room ? *room * 2 : 1 << 20;
    return realloc(old, *room * unit);
}

static int keep_entry(void *context, const uint8_t *key, size_t key_bytes) {
    builder *of = context;
    uint8_t entry[CPEER_ENTRY_BYTES_MAX];
    uint16_t length = (uint16_t)make_entry(of, key, key_bytes, entry);
    size_t needed = of->bytes_count + sizeof length + length;
    if (needed > of->bytes_room) of->bytes = grown(of->bytes, &of->bytes_room, needed, 1);
    uint64_t count = of->result->entries;
    if (count + 1 > of->items_room) of->items = grown(of->items, &of->items_room, count + 1, sizeof(item));
    if (!of->bytes || !of->items) return failed(of, "realloc", ENOMEM);
    item *next = &of->items[count];
    next->head = 0;
    for (size_t place = 0; place < 8; place++) next->head = next->head << 8 | (place < length ? entry[place] : 0);
    next->offset = of->bytes_count;
    memcpy(of->bytes + of->bytes_count, &length, sizeof length);
    memcpy(of->bytes + of->bytes_count + sizeof length, entry, length);
    of->bytes_count = needed;
    of->result->entries++;
    return 0;
}

static MDB_val entry_at(const builder *of, const item *place) {
    uint16_t length;
    memcpy(&length, of->bytes + place->offset, sizeof length);
    return (MDB_val){length, of->bytes + place->offset + sizeof length};
}

static int compare(const void *left, const void *right, void *context) {
    const item *a = left, *b = right;
    if (a->head != b->head) return a->head < b->head ? -1 : 1;
    MDB_val x = entry_at(context, a), y = entry_at(context, b);
    size_t shorter = x.mv_size < y.mv_size ? x.mv_size : y.mv_size;
    int order = memcmp(x.mv_data, y.mv_data, shorter);
    return order ? order : (x.mv_size > y.mv_size) - (x.mv_size < y.mv_size);
}

static int put_entry(void *context, const uint8_t *key, size_t key_bytes) {
    builder *of = context;
    uint8_t entry[CPEER_ENTRY_BYTES_MAX];
    MDB_val found = {make_entry(of, key, key_bytes, entry), entry}, empty = {0, NULL};
    int code = mdb_put(of->txn, of->index, &found, &empty, 0);
    of->result->entries++;
    return code ? failed(of, "mdb_put", code) : 0;
}

static int begin(builder *of) {
    int code = mdb_txn_begin(of->target, NULL, 0, &of->txn);
    return code ? failed(of, "mdb_txn_begin", code) : 0;
}

static int commit(builder *of) {
    int code = mdb_txn_commit(of->txn);
    of->txn = NULL;
    return code ? failed(of, "mdb_txn_commit", code) : 0;
}

static int scan(builder *of, cpeer_take take, uint64_t per_commit) {
    MDB_val value;
    int code = mdb_cursor_get(of->source.cursor, &of->primary, &value, MDB_FIRST);
    while (code == 0) {
        code = cpeer_each_key(value.mv_data, value.mv_size, of->source.field, take, of);
        if (code < 0) return failed(of, "a record that is no MessagePack map", MDB_CORRUPTED);
        if (code) return code;
        of->result->records++;
        if (per_commit && of->result->records % per_commit == 0) {
            if ((code = commit(of)) || (code = begin(of))) return code;
        }
        code = mdb_cursor_get(of->source.cursor, &of->primary, &value, MDB_NEXT);
    }
    return code == MDB_NOTFOUND ? 0 : failed(of, "mdb_cursor_get", code);
}

static int append(builder *of) {
    MDB_cursor *cursor = NULL;
    int code = 0;
    for (uint64_t place = 0; place < of->result->entries; place++) {
        if (!cursor) code = mdb_cursor_open(of->txn, of->index, &cursor);
        if (!cursor) return failed(of, "mdb_cursor_open", code);
        MDB_val entry = entry_at(of, &of->items[place]), empty = {0, NULL};
        code = mdb_cursor_put(cursor, &entry, &empty, MDB_APPEND);
        // An array may hold a value twice.
        if (code && code != MDB_KEYEXIST) return failed(of, "mdb_cursor_put", code);
        if ((place + 1) % entries_per_commit) continue;
        mdb_cursor_close(cursor);
        cursor = NULL;
        if ((code = commit(of)) || (code = begin(of))) return code;
    }
    if (cursor) mdb_cursor_close(cursor);
    return 0;
}

static int open_target(builder *of, const char *directory) {
    int code = cpeer_open(directory, 0, &of->target, of->result->message);
    if (code || (code = begin(of))) return code;
    code = mdb_dbi_open(of->txn, "index", MDB_CREATE, &of->index);
    return code ? failed(of, "mdb_dbi_open", code) : 0;
}

static int finish(builder *of) {
    MDB_stat stat;
    int code = mdb_stat(of->txn, of->index, &stat);
    if (code) return failed(of, "mdb_stat", code);
    of->result->entries = stat.ms_entries;
    of->result->index_bytes = (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) * stat.ms_psize;
    return commit(of);
}

static void end(builder *of) {
    if (of->txn) mdb_txn_abort(of->txn);
    if (of->target) mdb_env_close(of->target);
    cpeer_close_source(&of->source);
    free(of->bytes);
    free(of->items);
}

int cpeer_build_by_append(const cpeer_table *table, const char *target, cpeer_build *result) {
    memset(result, 0, sizeof *result);
    builder of = {.result = result};
    int code = cpeer_open_source(table, &of.source, result->message);
    if (!code) code = open_target(&of, target);
    double start = cpeer_seconds();
    if (!code) code = scan(&of, keep_entry, 0);
    double scanned = cpeer_seconds();
    if (!code) qsort_r(of.items, result->entries, sizeof(item), compare, &of);
    double sorted = cpeer_seconds();
    if (!code) code = append(&of);
    if (!code) code = finish(&of);
    double ended = cpeer_seconds();
    end(&of);
    result->scan_seconds = scanned - start;
    result->sort_seconds = sorted - scanned;
    result->append_seconds = ended - sorted;
    result->seconds = ended - start;
    return code;
}

int cpeer_build_by_puts(const cpeer_table *table, const char *target, uint64_t per_commit, cpeer_build *result) {
    memset(result, 0, sizeof *result);
    builder of = {.result = result};
    int code = cpeer_open_source(table, &of.source, result->message);
    if (!code) code = open_target(&of, target);
    double start = cpeer_seconds();
    if (!code) code = scan(&of, put_entry, per_commit);
    if (!code) code = finish(&of);
    result->seconds = cpeer_seconds() - start;
    result->append_seconds = result->seconds;
    end(&of);
    return code;
}
