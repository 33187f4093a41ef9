// JSON text to MessagePack, to minified JSON, or just checked.
#include "MessagePackWriter.hpp"
#include "Walk.hpp"

namespace csj {

/// Bytes of MessagePack that `count` bytes of JSON become at most: the worst is `1e1,`, 9 bytes from 4.
/// Fixed room for copies that write more than they keep.
constexpr size_t outputBytesMax(size_t count) noexcept { return count * 3 + 64; }

/// What all visitors know: the plan, and the field that was refused.
struct Visitor {
    const csj_plan *plan;
    int32_t badSlot = -1;

    csj_status refused(const Node *node) noexcept {
        badSlot = node->slot;
        return CSJ_BAD_FIELD;
    }
    void object(size_t) noexcept {}
    void array(size_t) noexcept {}
    void name(const Key &) noexcept {}
    void entered(const Node *, size_t) noexcept {}
    void left(const Node *) noexcept {}

    bool timestamp(const Key &text, int64_t &seconds, uint32_t &nanoseconds) const noexcept {
        return plan->reader && plan->reader(text.start, text.count, &seconds, &nanoseconds) != 0;
    }
};

/// Writes every value it is shown as MessagePack.
struct Writing : Visitor {
    MessagePackWriter out;
    const uint8_t *keyStart = nullptr;
    const uint8_t *keyEnd = nullptr;

    void object(size_t members) noexcept { out.map(members); }
    void array(size_t elements) noexcept { out.array(elements); }
    void name(const Key &key) noexcept { out.string(key); }
    void entered(const Node *node, size_t) noexcept {
        if (node->isKey) { keyStart = out.at; }
    }
    void left(const Node *node) noexcept {
        if (node->isKey) { keyEnd = out.at; }
    }

    csj_status scalar(const Tape &tape, size_t word, const Node *node) noexcept {
        if (node && node->kind != CSJ_PLAIN) { return typed(tape, word, node); }
        switch (tape.type(word)) {
        case '"': out.string(tape.string(word)); break;
        case 'l': out.integer(int64_t(tape.words[word + 1])); break;
        case 'u': out.unsignedInteger(tape.words[word + 1]); break;
        case 'd': out.bigEndian(0xCB, tape.words[word + 1]); break;
        case 't': out.byte(0xC3); break;
        case 'f': out.byte(0xC2); break;
        default: out.byte(0xC0); break;
        }
        return CSJ_OK;
    }

    csj_status typed(const Tape &tape, size_t word, const Node *node) noexcept {
        if (tape.type(word) == 'n') {
            out.byte(0xC0);
            return CSJ_OK;
        }
        if (tape.type(word) != '"') { return refused(node); }
        return node->kind == CSJ_TIMESTAMP ? timestamp(tape.string(word), node) : bytes(tape.string(word), node);
    }

    csj_status timestamp(const Key &text, const Node *node) noexcept {
        int64_t seconds;
        uint32_t nanoseconds;
        if (!Visitor::timestamp(text, seconds, nanoseconds)) { return refused(node); }
        out.timestamp(seconds, nanoseconds);
        return CSJ_OK;
    }

    csj_status bytes(const Key &text, const Node *node) noexcept {
        // The header's size depends on the exact length, which the padding tells.
        size_t count = text.count / 4 * 3;
        if (count && text.start[text.count - 1] == '=') { count -= text.start[text.count - 2] == '=' ? 2 : 1; }
        out.bytesHeader(count);
        if (csj_base64_decode(text.start, text.count, out.at) != ptrdiff_t(count)) { return refused(node); }
        out.at += count;
        return CSJ_OK;
    }
};

/// Checks every value and writes only the key field's.
struct Checking : Visitor {
    Writing key;
    bool isInKey = false;
    uint8_t *scratch;

    void object(size_t members) noexcept { if (isInKey) { key.object(members); } }
    void array(size_t elements) noexcept { if (isInKey) { key.array(elements); } }
    void name(const Key &text) noexcept { if (isInKey) { key.name(text); } }
    void entered(const Node *node, size_t word) noexcept {
        if (!node->isKey) { return; }
        isInKey = true;
        key.entered(node, word);
    }
    void left(const Node *node) noexcept {
        if (!node->isKey) { return; }
        isInKey = false;
        key.left(node);
        scratch = key.out.at;
    }
    csj_status scalar(const Tape &tape, size_t word, const Node *node) noexcept {
        if (!isInKey && (!node || node->kind == CSJ_PLAIN)) { return CSJ_OK; }
        csj_status status = key.scalar(tape, word, node);
        badSlot = key.badSlot;
        if (!isInKey) { key.out.at = scratch; }
        return status;
    }
};

/// Looks at keys only.
struct Visiting : Visitor {
    csj_status scalar(const Tape &, size_t, const Node *) noexcept { return CSJ_OK; }
};

csj_result failed(csj_status status, int32_t slot = -1) noexcept {
    return csj_result{status, slot, {nullptr, 0}, {nullptr, 0}};
}

}  // namespace csj

using namespace csj;

extern "C" {

csj_status csj_parse(csj_parser *parser, const uint8_t *text, size_t count, csj_tape *tape) {
    parser->trim();
    csj_status status = parser->parse(text, count);
    if (status != CSJ_OK) { return status; }
    *tape = csj_tape{parser->tape().words, parser->tape().strings};
    Visiting visitor{{nullptr}};
    return Walk<Visiting>(*parser, visitor).value(1, nullptr);
}

csj_result csj_messagepack(csj_parser *parser, const csj_plan *plan, const uint8_t *text, size_t count) {
    parser->trim();
    csj_status status = parser->parse(text, count);
    if (status != CSJ_OK) { return failed(status); }
    if (parser->tape().type(1) != '{') { return failed(CSJ_NOT_AN_OBJECT); }
    if (!parser->output.reserve(outputBytesMax(count))) { return failed(CSJ_NO_MEMORY); }
    Writing visitor{{plan}, {parser->output.start}};
    status = Walk<Writing>(*parser, visitor).value(1, &plan->root);
    if (status != CSJ_OK) { return failed(status, visitor.badSlot); }
    return csj_result{
        CSJ_OK, -1,
        {parser->output.start, size_t(visitor.out.at - parser->output.start)},
        {visitor.keyStart, size_t(visitor.keyEnd - visitor.keyStart)},
    };
}

csj_result csj_minified(csj_parser *parser, const csj_plan *plan, const uint8_t *text, size_t count) {
    parser->trim();
    csj_status status = parser->parse(text, count);
    if (status != CSJ_OK) { return failed(status); }
    if (plan && parser->tape().type(1) != '{') { return failed(CSJ_NOT_AN_OBJECT); }
    size_t keyAt = count + simdjson::SIMDJSON_PADDING;
    if (!parser->output.reserve(keyAt + outputBytesMax(count))) { return failed(CSJ_NO_MEMORY); }
    uint8_t *scratch = parser->output.start + keyAt;
    Checking visitor{{plan}, {{plan}, {scratch}}, false, scratch};
    status = Walk<Checking>(*parser, visitor).value(1, plan ? &plan->root : nullptr);
    if (status != CSJ_OK) { return failed(status, visitor.badSlot); }
    size_t written = 0;
    auto *target = reinterpret_cast<char *>(parser->output.start);
    if (simdjson::minify(reinterpret_cast<const char *>(parser->input.start), count, target, written)) {
        return failed(CSJ_INVALID);
    }
    return csj_result{
        CSJ_OK, -1,
        {parser->output.start, written},
        {visitor.key.keyStart, size_t(visitor.key.keyEnd - visitor.key.keyStart)},
    };
}

}  // extern "C"
