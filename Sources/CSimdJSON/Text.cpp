// Pieces of text that JSON, CSV and their writers share: lines, doubles, base64.
#include "Parser.hpp"

#include <charconv>
#include <cmath>

namespace {

constexpr uint8_t notBase64 = 0xFF;

struct Base64Table {
    uint8_t values[256];

    constexpr Base64Table() : values() {
        for (int i = 0; i < 256; i++) { values[i] = notBase64; }
        const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < 64; i++) { values[uint8_t(alphabet[i])] = uint8_t(i); }
    }
};

constexpr Base64Table base64;

}  // namespace

extern "C" {

size_t csj_line_length(const uint8_t *text, size_t count) {
    if (count == 0) { return 0; }
    const void *found = std::memchr(text, '\n', count);
    return found ? size_t(static_cast<const uint8_t *>(found) - text) : count;
}

size_t csj_double_text(double number, char *text) {
    // From 2^53 on, plain digits would spell out the exact integer: more digits than tell doubles apart.
    bool isLarge = std::fabs(number) >= 9007199254740992.0;
    char *limit = text + CSJ_DOUBLE_TEXT_BYTES_MAX - 2;
    char *end = isLarge ? std::to_chars(text, limit, number, std::chars_format::scientific).ptr
                        : std::to_chars(text, limit, number).ptr;
    for (char *at = text; at < end; at++) {
        if (*at == '.' || *at == 'e') { return size_t(end - text); }
    }
    *end++ = '.';
    *end++ = '0';
    return size_t(end - text);
}

size_t csj_base64_bytes_max(size_t count) { return count / 4 * 3; }

ptrdiff_t csj_base64_decode(const uint8_t *text, size_t count, uint8_t *bytes) {
    if (count % 4) { return -1; }
    uint8_t *out = bytes;
    for (size_t at = 0; at < count; at += 4) {
        bool isLast = at + 4 == count;
        int padding = !isLast || text[at + 3] != '=' ? 0 : text[at + 2] == '=' ? 2 : 1;
        uint8_t a = base64.values[text[at]], b = base64.values[text[at + 1]];
        uint8_t c = padding == 2 ? 0 : base64.values[text[at + 2]], d = padding ? 0 : base64.values[text[at + 3]];
        if ((a | b | c | d) == notBase64) { return -1; }
        uint32_t bits = uint32_t(a) << 18 | uint32_t(b) << 12 | uint32_t(c) << 6 | d;
        // Bits behind the last byte must be zero, or two texts would mean the same bytes.
        if ((padding == 2 && (bits & 0xFFFF)) || (padding == 1 && (bits & 0xFF))) { return -1; }
        *out++ = uint8_t(bits >> 16);
        if (padding < 2) { *out++ = uint8_t(bits >> 8); }
        if (padding < 1) { *out++ = uint8_t(bits); }
    }
    return out - bytes;
}

}  // extern "C"
