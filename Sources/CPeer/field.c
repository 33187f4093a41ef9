#include "field.h"

#include <string.h>

typedef struct reader {
    const uint8_t *at;
    const uint8_t *end;
    int failed;
} reader;

static uint64_t big_endian(reader *from, size_t bytes) {
    if ((size_t)(from->end - from->at) < bytes) {
        from->failed = 1;
        return 0;
    }
    uint64_t number = 0;
    for (size_t place = 0; place < bytes; place++) number = number << 8 | from->at[place];
    from->at += bytes;
    return number;
}

static const uint8_t *skip_bytes(reader *from, uint64_t bytes) {
    const uint8_t *start = from->at;
    if ((uint64_t)(from->end - from->at) < bytes) {
        from->failed = 1;
        return start;
    }
    from->at += bytes;
    return start;
}

static int is_string(uint8_t tag) { return (tag & 0xe0) == 0xa0 || (tag >= 0xd9 && tag <= 0xdb); }

static const uint8_t *read_string(reader *from, uint8_t tag, size_t *length) {
    uint64_t bytes = (tag & 0xe0) == 0xa0 ? (uint64_t)(tag & 31) : big_endian(from, (size_t)1 << (tag - 0xd9));
    *length = (size_t)bytes;
    return skip_bytes(from, bytes);
}

/// Items of an array or a map; -1 for anything else.
static int64_t items(reader *from, uint8_t tag) {
    if ((tag & 0xf0) == 0x90 || (tag & 0xf0) == 0x80) return tag & 15;
    if (tag == 0xdc || tag == 0xde) return (int64_t)big_endian(from, 2);
    if (tag == 0xdd || tag == 0xdf) return (int64_t)big_endian(from, 4);
    return -1;
}

static int is_map(uint8_t tag) { return (tag & 0xf0) == 0x80 || tag == 0xde || tag == 0xdf; }

static void skip_value(reader *from) {
    // Values that are still to come, of containers too.
    uint64_t left = 1;
    while (left > 0 && !from->failed) {
        uint8_t tag = (uint8_t)big_endian(from, 1);
        left--;
        size_t length;
        int64_t count = items(from, tag);
        if (count >= 0) left += (uint64_t)count * (is_map(tag) ? 2 : 1);
        else if (is_string(tag)) read_string(from, tag, &length);
        else if (tag >= 0xc4 && tag <= 0xc6) skip_bytes(from, big_endian(from, (size_t)1 << (tag - 0xc4)));
        else if (tag >= 0xc7 && tag <= 0xc9) skip_bytes(from, big_endian(from, (size_t)1 << (tag - 0xc7)) + 1);
        else if (tag >= 0xd4 && tag <= 0xd8) skip_bytes(from, ((uint64_t)1 << (tag - 0xd4)) + 1);
        else if (tag == 0xca || tag == 0xcb) skip_bytes(from, tag == 0xca ? 4 : 8);
        else if (tag >= 0xcc && tag <= 0xd3) skip_bytes(from, (uint64_t)1 << ((tag - 0xcc) & 3));
    }
}

static int take_integer(int64_t number, int above_int64, cpeer_take take, void *context) {
    uint8_t key[9];
    uint64_t bits = (uint64_t)number ^ (above_int64 ? 0 : (uint64_t)1 << 63);
    key[0] = above_int64 ? 2 : 1;
    for (int place = 0; place < 8; place++) key[1 + place] = (uint8_t)(bits >> (56 - 8 * place));
    return take(context, key, sizeof key);
}

/// Strings, integers, arrays of them; anything else has no key.
static int take_value(reader *from, cpeer_take take, void *context) {
    const uint8_t *start = from->at;
    uint8_t tag = (uint8_t)big_endian(from, 1);
    if (is_string(tag)) {
        size_t length;
        const uint8_t *text = read_string(from, tag, &length);
        uint8_t key[CPEER_ENTRY_BYTES_MAX];
        if (length > sizeof key - 1) length = sizeof key - 1;
        memcpy(key, text, length);
        key[length] = 0;
        return from->failed ? -1 : take(context, key, length + 1);
    }
    if (tag < 0x80 || tag >= 0xe0) return take_integer((int8_t)tag, 0, take, context);
    if (tag >= 0xcc && tag <= 0xcf) {
        uint64_t number = big_endian(from, (size_t)1 << (tag - 0xcc));
        return take_integer((int64_t)number, number > INT64_MAX, take, context);
    }
    if (tag >= 0xd0 && tag <= 0xd3) {
        int bytes = 1 << (tag - 0xd0);
        uint64_t number = big_endian(from, (size_t)bytes) << (64 - 8 * bytes);
        return take_integer((int64_t)number >> (64 - 8 * bytes), 0, take, context);
    }
    int64_t count = is_map(tag) ? -1 : items(from, tag);
    if (count < 0) {
        from->at = start;
        skip_value(from);
        return from->failed ? -1 : 0;
    }
    int status = 0;
    while (status == 0 && count-- > 0) status = take_value(from, take, context);
    return status;
}

int cpeer_each_key(const uint8_t *value, size_t bytes, const char *field, cpeer_take take, void *context) {
    reader from = {value, value + bytes, 0};
    size_t field_bytes = strlen(field);
    uint8_t tag = (uint8_t)big_endian(&from, 1);
    int64_t count = is_map(tag) ? items(&from, tag) : -1;
    if (count < 0) return -1;
    while (count-- > 0 && !from.failed) {
        tag = (uint8_t)big_endian(&from, 1);
        if (!is_string(tag)) return -1;
        size_t length;
        const uint8_t *name = read_string(&from, tag, &length);
        if (!from.failed && length == field_bytes && memcmp(name, field, length) == 0) {
            return take_value(&from, take, context);
        }
        skip_value(&from);
    }
    return from.failed ? -1 : 0;
}
