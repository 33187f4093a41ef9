// One walk over a parsed document does it all: refuses double keys, finds the plan's fields, writes MessagePack.
#pragma once

#include "Parser.hpp"

#include <algorithm>

namespace csj {

/// Objects with more members than this sort their keys to find doubles; up to it every pair is compared.
constexpr size_t pairwiseKeysMax = 16;

inline bool orderedBefore(const Key &a, const Key &b) noexcept {
    if (a.head != b.head) { return a.head < b.head; }
    if (a.count != b.count) { return a.count < b.count; }
    return a.count > 8 && std::memcmp(a.start + 8, b.start + 8, a.count - 8) < 0;
}

inline bool holdsDouble(Key *keys, size_t count) noexcept {
    if (count <= pairwiseKeysMax) {
        for (size_t i = 1; i < count; i++) {
            for (size_t j = 0; j < i; j++) {
                if (keys[i].equals(keys[j])) { return true; }
            }
        }
        return false;
    }
    std::sort(keys, keys + count, orderedBefore);
    for (size_t i = 1; i < count; i++) {
        if (keys[i].equals(keys[i - 1])) { return true; }
    }
    return false;
}

/// Visitor: `object(members)`, `array(members)`, `name(key)`, `scalar(tape, word, node)` (returns status),
/// `entered(node, word)` before and `left(node)` after a value that the plan knows.
template <typename Visitor>
struct Walk {
    csj_parser &parser;
    Tape tape;
    Visitor &visitor;
    size_t keyCount = 0;
    /// Containers that are open; simdjson itself does not count the innermost one when it is empty.
    size_t depth = 0;

    Walk(csj_parser &parser, Visitor &visitor) noexcept : parser(parser), tape(parser.tape()), visitor(visitor) {}

    /// The value at `word`, whose place the plan calls `node` (null: the plan knows nothing of it).
    csj_status value(size_t word, const Node *node) noexcept {
        switch (tape.type(word)) {
        case '{': case '[': return container(word, node);
        default: return visitor.scalar(tape, word, node);
        }
    }

    csj_status container(size_t word, const Node *node) noexcept {
        if (depth == CSJ_DEPTH_MAX) { return CSJ_INVALID; }
        depth++;
        csj_status status = tape.type(word) == '{' ? object(word, node) : array(word, node);
        depth--;
        return status;
    }

    csj_status object(size_t word, const Node *node) noexcept {
        if (node && node->kind != CSJ_PLAIN) { return visitor.refused(node); }
        size_t base = keyCount;
        size_t end = tape.after(word) - 1;
        visitor.object(tape.members(word));
        for (size_t at = word + 1; at < end;) {
            if (!parser.keys.extend(keyCount + 1)) { return CSJ_NO_MEMORY; }
            Key key = tape.string(at);
            parser.keys.start[keyCount++] = key;
            visitor.name(key);
            csj_status status = member(at + 1, node ? node->child(key) : nullptr);
            if (status != CSJ_OK) { return status; }
            at = tape.skip(at + 1);
        }
        if (holdsDouble(parser.keys.start + base, keyCount - base)) { return CSJ_INVALID; }
        keyCount = base;
        return CSJ_OK;
    }

    csj_status member(size_t word, const Node *node) noexcept {
        if (!node) { return value(word, nullptr); }
        visitor.entered(node, word);
        csj_status status = value(word, node);
        visitor.left(node);
        return status;
    }

    /// The scalars in a field's array are of the field's kind; paths do not step into arrays.
    csj_status array(size_t word, const Node *node) noexcept {
        size_t end = tape.after(word) - 1;
        visitor.array(tape.members(word));
        const Node *element = node && node->kind != CSJ_PLAIN ? node : nullptr;
        for (size_t at = word + 1; at < end; at = tape.skip(at)) {
            bool isContainer = tape.type(at) == '{' || tape.type(at) == '[';
            csj_status status = value(at, isContainer ? nullptr : element);
            if (status != CSJ_OK) { return status; }
        }
        return CSJ_OK;
    }
};

}  // namespace csj
