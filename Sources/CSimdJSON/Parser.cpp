// The parser object and the plan: who owns which memory, and what is accepted before any key is looked at.
#include "Parser.hpp"

#include <new>

namespace csj {

Node::~Node() {
    for (size_t i = 0; i < childCount; i++) { delete children.start[i]; }
}

const Node *Node::child(const Key &key) const noexcept {
    for (size_t i = 0; i < childCount; i++) {
        if (children.start[i]->key.equals(key)) { return children.start[i]; }
    }
    return nullptr;
}

Node *Node::childMade(csj_bytes text) noexcept {
    // Eight more bytes: headOf reads that many whatever the length.
    std::unique_ptr<uint8_t[]> copy(new (std::nothrow) uint8_t[text.count + 8]());
    if (!copy || !children.extend(childCount + 1)) { return nullptr; }
    if (text.count) { std::memcpy(copy.get(), text.start, text.count); }
    Key wanted{headOf(copy.get(), uint32_t(text.count)), copy.get(), uint32_t(text.count)};
    for (size_t i = 0; i < childCount; i++) {
        if (children.start[i]->key.equals(wanted)) { return children.start[i]; }
    }
    Node *made = new (std::nothrow) Node;
    if (!made) { return nullptr; }
    made->name = std::move(copy);
    made->key = wanted;
    children.start[childCount++] = made;
    return made;
}

size_t Tape::members(size_t word) const noexcept {
    size_t counted = (words[word] >> 32) & 0xFFFFFF;
    if (counted < 0xFFFFFF) { return counted; }
    bool isObject = type(word) == '{';
    counted = 0;
    for (size_t at = word + 1, end = after(word) - 1; at < end; counted++) { at = skip(isObject ? at + 1 : at); }
    return counted;
}

}  // namespace csj

csj_status csj_parser::parse(const uint8_t *text, size_t count) noexcept {
    // simdjson counts in 32 bits; the callers' limits are far below.
    if (count >= UINT32_MAX - simdjson::SIMDJSON_PADDING) { return CSJ_NO_MEMORY; }
    if (count == 0) { return CSJ_INVALID; }
    if (dom.capacity() < count || dom.doc.capacity() < count) {
        size_t wanted = count < 16384 ? 16384 : count + count / 2;
        // simdjson refuses the depth it is given; depth 1 is a lone scalar's.
        if (dom.allocate(wanted, CSJ_DEPTH_MAX + 1) || dom.doc.allocate(wanted)) { return CSJ_NO_MEMORY; }
    }
    if (!input.reserve(count + simdjson::SIMDJSON_PADDING)) { return CSJ_NO_MEMORY; }
    std::memcpy(input.start, text, count);
    std::memset(input.start + count, ' ', simdjson::SIMDJSON_PADDING);
    switch (dom.parse(input.start, count, false).error()) {
    case simdjson::SUCCESS: return CSJ_OK;
    case simdjson::MEMALLOC: case simdjson::CAPACITY: return CSJ_NO_MEMORY;
    default: return CSJ_INVALID;
    }
}

void csj_parser::trim() noexcept {
    if (input.capacity <= CSJ_RETAINED_INPUT_BYTES_MAX) { return; }
    input.release();
    output.release();
    keys.release();
    // Zero frees: neither call can fail.
    (void)dom.allocate(0);
    (void)dom.doc.allocate(0);
}

extern "C" {

csj_parser *csj_parser_create(void) { return new (std::nothrow) csj_parser; }

void csj_parser_destroy(csj_parser *parser) { delete parser; }

csj_plan *csj_plan_create(csj_timestamp_reader reader) {
    auto *plan = new (std::nothrow) csj_plan;
    if (plan) { plan->reader = reader; }
    return plan;
}

void csj_plan_destroy(csj_plan *plan) { delete plan; }

int csj_plan_add(csj_plan *plan, const csj_bytes *path, size_t count, csj_kind kind, int32_t slot, int is_key) {
    csj::Node *node = &plan->root;
    for (size_t i = 0; i < count; i++) {
        node = node->childMade(path[i]);
        if (!node) { return 0; }
    }
    if (kind != CSJ_PLAIN) { node->kind = kind; }
    node->slot = slot;
    node->isKey = node->isKey || is_key;
    return 1;
}

}  // extern "C"
