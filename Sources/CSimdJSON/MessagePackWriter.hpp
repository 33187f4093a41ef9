// Writes MessagePack in its shortest forms into storage that is known to be large enough.
#pragma once

#include "Parser.hpp"

namespace csj {

struct MessagePackWriter {
    uint8_t *at;

    void byte(uint8_t value) noexcept { *at++ = value; }

    template <typename Number>
    void bigEndian(uint8_t tag, Number value) noexcept {
        *at++ = tag;
        for (int shift = int(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) { *at++ = uint8_t(value >> shift); }
    }

    void unsignedInteger(uint64_t value) noexcept {
        if (value < 0x80) { byte(uint8_t(value)); }
        else if (value <= UINT8_MAX) { bigEndian(0xCC, uint8_t(value)); }
        else if (value <= UINT16_MAX) { bigEndian(0xCD, uint16_t(value)); }
        else if (value <= UINT32_MAX) { bigEndian(0xCE, uint32_t(value)); }
        else { bigEndian(0xCF, value); }
    }

    void integer(int64_t value) noexcept {
        if (value >= 0) { unsignedInteger(uint64_t(value)); }
        else if (value >= -32) { byte(uint8_t(value)); }
        else if (value >= INT8_MIN) { bigEndian(0xD0, uint8_t(value)); }
        else if (value >= INT16_MIN) { bigEndian(0xD1, uint16_t(value)); }
        else if (value >= INT32_MIN) { bigEndian(0xD2, uint32_t(value)); }
        else { bigEndian(0xD3, uint64_t(value)); }
    }

    /// Copies; short strings as a fixed 32 bytes, for which both sides have room.
    void payload(const uint8_t *bytes, size_t count) noexcept {
        if (count <= 32) { std::memcpy(at, bytes, 32); }
        else { std::memcpy(at, bytes, count); }
        at += count;
    }

    void string(const Key &text) noexcept {
        if (text.count < 32) { byte(uint8_t(0xA0 | text.count)); }
        else if (text.count <= UINT8_MAX) { bigEndian(0xD9, uint8_t(text.count)); }
        else if (text.count <= UINT16_MAX) { bigEndian(0xDA, uint16_t(text.count)); }
        else { bigEndian(0xDB, uint32_t(text.count)); }
        payload(text.start, text.count);
    }

    void bytesHeader(size_t count) noexcept {
        if (count <= UINT8_MAX) { bigEndian(0xC4, uint8_t(count)); }
        else if (count <= UINT16_MAX) { bigEndian(0xC5, uint16_t(count)); }
        else { bigEndian(0xC6, uint32_t(count)); }
    }

    void map(size_t members) noexcept { container(members, 0x80, 0xDE); }
    void array(size_t elements) noexcept { container(elements, 0x90, 0xDC); }

    void container(size_t count, uint8_t fixed, uint8_t tag) noexcept {
        if (count < 16) { byte(uint8_t(fixed | count)); }
        else if (count <= UINT16_MAX) { bigEndian(tag, uint16_t(count)); }
        else { bigEndian(uint8_t(tag + 1), uint32_t(count)); }
    }

    void timestamp(int64_t seconds, uint32_t nanoseconds) noexcept {
        uint64_t unsignedSeconds = uint64_t(seconds);
        if (unsignedSeconds >> 34) {
            byte(0xC7);
            byte(12);
            bigEndian(0xFF, nanoseconds);
            for (int shift = 56; shift >= 0; shift -= 8) { byte(uint8_t(unsignedSeconds >> shift)); }
        } else if (nanoseconds || unsignedSeconds > UINT32_MAX) {
            byte(0xD7);
            bigEndian(0xFF, (uint64_t(nanoseconds) << 34) | unsignedSeconds);
        } else {
            byte(0xD6);
            bigEndian(0xFF, uint32_t(unsignedSeconds));
        }
    }
};

}  // namespace csj
