#ifndef CPEER_FIELD_H
#define CPEER_FIELD_H

#include <stddef.h>
#include <stdint.h>

/// The longest key that LMDB takes.
#define CPEER_ENTRY_BYTES_MAX 511

/// Told an index key; returns 0 to go on.
typedef int (*cpeer_take)(void *context, const uint8_t *key, size_t bytes);

/// Hands over the index keys of a field of a MessagePack map: strings with a zero behind, integers as 9 bytes that
/// order as the numbers do. Returns what `take` returned, or -1 if the value is no map.
int cpeer_each_key(const uint8_t *value, size_t bytes, const char *field, cpeer_take take, void *context);

#endif
