// What the files of the shim share: buffers that grow without exceptions, the parser, the plan.
#pragma once

// simdjson reports errors by value only.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include "CSimdJSON.h"

#include <cstdlib>
#include <cstring>
#include <memory>

namespace csj {

/// Untyped storage that grows without ever throwing; its contents are not kept when it grows by `reserve`.
template <typename Element>
struct Storage {
    Element *start = nullptr;
    size_t capacity = 0;

    Storage() = default;
    Storage(const Storage &) = delete;
    Storage &operator=(const Storage &) = delete;
    ~Storage() { std::free(start); }

    /// Room for `count` elements; what was there may be gone.
    bool reserve(size_t count) noexcept {
        if (count <= capacity) { return true; }
        release();
        size_t rounded = count < 4096 ? 4096 : count;
        start = static_cast<Element *>(std::malloc(rounded * sizeof(Element)));
        capacity = start ? rounded : 0;
        return start != nullptr;
    }

    /// Room for `count` elements; what was there stays.
    bool extend(size_t count) noexcept {
        if (count <= capacity) { return true; }
        size_t doubled = capacity * 2 > count ? capacity * 2 : count;
        auto *grown = static_cast<Element *>(std::realloc(start, doubled * sizeof(Element)));
        if (!grown) { return false; }
        start = grown;
        capacity = doubled;
        return true;
    }

    void release() noexcept {
        std::free(start);
        start = nullptr;
        capacity = 0;
    }
};

/// A key of an object, made cheap to compare: most keys differ in length or in their first 8 bytes.
struct Key {
    uint64_t head;
    const uint8_t *start;
    uint32_t count;

    bool equals(const Key &other) const noexcept {
        if (head != other.head || count != other.count) { return false; }
        return count <= 8 || std::memcmp(start + 8, other.start + 8, count - 8) == 0;
    }
};

/// The first 8 bytes of a string, zeros behind it; reads 8 bytes whatever `count` is.
inline uint64_t headOf(const uint8_t *start, uint32_t count) noexcept {
    uint64_t head;
    std::memcpy(&head, start, sizeof head);
    return count >= 8 ? head : head & ((uint64_t(1) << (count * 8)) - 1);
}

/// A step of the paths that a plan knows.
struct Node {
    csj_kind kind = CSJ_PLAIN;
    int32_t slot = -1;
    bool isKey = false;
    std::unique_ptr<uint8_t[]> name;
    Key key{0, nullptr, 0};
    Storage<Node *> children;
    size_t childCount = 0;

    ~Node();
    const Node *child(const Key &key) const noexcept;
    Node *childMade(csj_bytes name) noexcept;
};

/// A cursor over simdjson's tape.
struct Tape {
    const uint64_t *words;
    const uint8_t *strings;

    char type(size_t word) const noexcept { return char(words[word] >> 56); }
    /// For the opening of a container: the word behind its close.
    size_t after(size_t word) const noexcept { return uint32_t(words[word]); }

    Key string(size_t word) const noexcept {
        const uint8_t *at = strings + (words[word] & ((uint64_t(1) << 56) - 1));
        uint32_t count;
        std::memcpy(&count, at, sizeof count);
        return Key{headOf(at + 4, count), at + 4, count};
    }

    size_t skip(size_t word) const noexcept {
        switch (type(word)) {
        case '{': case '[': return after(word);
        case 'l': case 'u': case 'd': return word + 2;
        default: return word + 1;
        }
    }

    /// Members of an object or elements of an array; the tape's own count stops at 2^24 - 1.
    size_t members(size_t word) const noexcept;
};

}  // namespace csj

struct csj_parser {
    simdjson::dom::parser dom;
    csj::Storage<uint8_t> input;
    csj::Storage<uint8_t> output;
    csj::Storage<csj::Key> keys;

    /// Copies `text` into the padded buffer and parses it; keys are not yet checked.
    csj_status parse(const uint8_t *text, size_t count) noexcept;
    /// Frees what only a very large document needs.
    void trim() noexcept;
    csj::Tape tape() const noexcept { return csj::Tape{dom.doc.tape.get(), dom.doc.string_buf.get()}; }
};

struct csj_plan {
    csj_timestamp_reader reader = nullptr;
    csj::Node root;
};
