#include <lmdb.h>
#include <stdint.h>

// Atomic steps on counters that several processes map; used by the writer gate alone.

static inline uint64_t gapless_counter_load(const uint64_t *counter) {
    return __atomic_load_n(counter, __ATOMIC_SEQ_CST);
}

static inline void gapless_counter_increment(uint64_t *counter) {
    __atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
}

static inline void gapless_counter_store(uint64_t *counter, uint64_t value) {
    __atomic_store_n(counter, value, __ATOMIC_SEQ_CST);
}

// Sets the counter to the new value if it has the old one, and says whether it had.
static inline int gapless_counter_exchange(uint64_t *counter, uint64_t old, uint64_t value) {
    return __atomic_compare_exchange_n(counter, &old, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

// Sets the counter to zero if it has this value.
static inline void gapless_counter_clear(uint64_t *counter, uint64_t value) {
    __atomic_compare_exchange_n(counter, &value, 0, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
