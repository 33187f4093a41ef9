// NDJSON, parsed by simdjson and appended to LMDB as MessagePack: one loop, one thread.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include "CPeer.h"
#include "source.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace {

/// Lines are read and parsed in blocks of so many bytes: simdjson's own advice for streams of documents.
constexpr size_t blockBytes = 1 << 20;
/// Bytes of MessagePack that a byte of JSON becomes at most: the worst is `1e1,`, 9 bytes from 4.
constexpr size_t growth = 3;
/// A durable commit comes after so many bytes of records, as an import of Gapless has it.
constexpr size_t commitBytes = 8 << 20;
/// A type and 64 bits, as Gapless stores whole numbers.
constexpr size_t keyBytes = 9;

using simdjson::dom::element;
using simdjson::dom::element_type;

/// Writes values as MessagePack, into storage that is known to be large enough.
struct Packer {
    uint8_t *at;

    void byte(uint8_t value) { *at++ = value; }

    void tagged(uint8_t tag, uint64_t value, int bytes) {
        *at++ = tag;
        for (int shift = bytes * 8 - 8; shift >= 0; shift -= 8) { *at++ = uint8_t(value >> shift); }
    }

    void number(uint64_t value) {
        if (value < 0x80) { byte(uint8_t(value)); }
        else if (value <= UINT8_MAX) { tagged(0xCC, value, 1); }
        else if (value <= UINT16_MAX) { tagged(0xCD, value, 2); }
        else if (value <= UINT32_MAX) { tagged(0xCE, value, 4); }
        else { tagged(0xCF, value, 8); }
    }

    void number(int64_t value) {
        if (value >= 0) { number(uint64_t(value)); }
        else if (value >= -32) { byte(uint8_t(value)); }
        else if (value >= INT8_MIN) { tagged(0xD0, uint64_t(value), 1); }
        else if (value >= INT16_MIN) { tagged(0xD1, uint64_t(value), 2); }
        else if (value >= INT32_MIN) { tagged(0xD2, uint64_t(value), 4); }
        else { tagged(0xD3, uint64_t(value), 8); }
    }

    void number(double value) {
        uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        tagged(0xCB, bits, 8);
    }

    void string(std::string_view text) {
        size_t count = text.size();
        if (count < 32) { byte(uint8_t(0xA0 | count)); }
        else if (count <= UINT8_MAX) { tagged(0xD9, count, 1); }
        else if (count <= UINT16_MAX) { tagged(0xDA, count, 2); }
        else { tagged(0xDB, count, 4); }
        std::memcpy(at, text.data(), count);
        at += count;
    }

    void head(size_t count, uint8_t fixed, uint8_t tag) {
        if (count < 16) { byte(uint8_t(fixed | count)); }
        else if (count <= UINT16_MAX) { tagged(tag, count, 2); }
        else { tagged(uint8_t(tag + 1), count, 4); }
    }

    void value(element of) {
        switch (of.type()) {
        case element_type::INT64: return number(of.get_int64().value_unsafe());
        case element_type::UINT64: return number(of.get_uint64().value_unsafe());
        case element_type::DOUBLE: return number(of.get_double().value_unsafe());
        case element_type::STRING: return string(of.get_string().value_unsafe());
        case element_type::BOOL: return byte(of.get_bool().value_unsafe() ? 0xC3 : 0xC2);
        case element_type::NULL_VALUE: return byte(0xC0);
        case element_type::ARRAY: return array(of.get_array().value_unsafe());
        case element_type::OBJECT: return object(of.get_object().value_unsafe());
        }
    }

    void array(simdjson::dom::array elements) {
        head(elements.size(), 0x90, 0xDC);
        for (element one : elements) { value(one); }
    }

    void object(simdjson::dom::object members) {
        head(members.size(), 0x80, 0xDE);
        for (auto member : members) {
            string(member.key);
            value(member.value);
        }
    }
};

/// A new environment whose one database takes records in the order of their keys.
struct Target {
    cpeer_import &result;
    MDB_env *environment = nullptr;
    MDB_txn *txn = nullptr;
    MDB_dbi records = 0;
    MDB_cursor *cursor = nullptr;
    size_t uncommitted = 0;

    explicit Target(cpeer_import &result) : result(result) {}
    Target(const Target &) = delete;
    Target &operator=(const Target &) = delete;

    ~Target() {
        if (cursor) { mdb_cursor_close(cursor); }
        if (txn) { mdb_txn_abort(txn); }
        if (environment) { mdb_env_close(environment); }
    }

    int failed(const char *call, const char *why, int code) {
        std::snprintf(result.message, CPEER_MESSAGE_BYTES, "%s: %s", call, why);
        return code;
    }
    int failed(const char *call, int code) { return code ? failed(call, mdb_strerror(code), code) : 0; }

    int open(const char *directory) {
        int code = cpeer_open(directory, 0, &environment, result.message);
        if (code || (code = failed("mdb_txn_begin", mdb_txn_begin(environment, nullptr, 0, &txn)))) { return code; }
        if ((code = failed("mdb_dbi_open", mdb_dbi_open(txn, "records", MDB_CREATE, &records)))) { return code; }
        return failed("mdb_cursor_open", mdb_cursor_open(txn, records, &cursor));
    }

    int commit() {
        mdb_cursor_close(cursor);
        cursor = nullptr;
        int code = mdb_txn_commit(txn);
        txn = nullptr;
        uncommitted = 0;
        return failed("mdb_txn_commit", code);
    }

    int append(int64_t id, const uint8_t *record, size_t bytes) {
        if (!txn) {
            int code = failed("mdb_txn_begin", mdb_txn_begin(environment, nullptr, 0, &txn));
            if (code || (code = failed("mdb_cursor_open", mdb_cursor_open(txn, records, &cursor)))) { return code; }
        }
        uint8_t key[keyBytes];
        Packer{key}.tagged(1, uint64_t(id) ^ uint64_t(1) << 63, 8);
        MDB_val primary{keyBytes, key}, value{bytes, const_cast<uint8_t *>(record)};
        int code = mdb_cursor_put(cursor, &primary, &value, MDB_APPEND);
        if (code) { return failed("mdb_cursor_put (ids must rise)", code); }
        result.records++;
        uncommitted += keyBytes + bytes;
        return uncommitted < commitBytes ? 0 : commit();
    }
};

struct Importer {
    Target &target;
    simdjson::dom::parser parser;
    std::unique_ptr<uint8_t[]> packed{new uint8_t[blockBytes * growth + 64]};

    explicit Importer(Target &target) : target(target) {}

    /// Whole lines.
    int lines(const uint8_t *block, size_t bytes) {
        simdjson::dom::document_stream stream;
        auto error = parser.parse_many(block, bytes, blockBytes).get(stream);
        if (error) { return target.failed("parse_many", simdjson::error_message(error), EINVAL); }
        for (auto document : stream) {
            element record;
            int64_t id;
            error = document.get(record);
            if (!error) { error = record["id"].get(id); }
            if (error) { return target.failed("a line", simdjson::error_message(error), EINVAL); }
            Packer packer{packed.get()};
            packer.value(record);
            int code = target.append(id, packed.get(), size_t(packer.at - packed.get()));
            if (code) { return code; }
        }
        return stream.truncated_bytes() ? target.failed("a line", "cut off", EINVAL) : 0;
    }

    int file(int descriptor) {
        std::unique_ptr<uint8_t[]> block(new uint8_t[blockBytes + simdjson::SIMDJSON_PADDING]());
        size_t kept = 0;
        while (true) {
            ssize_t count = read(descriptor, block.get() + kept, blockBytes - kept);
            if (count < 0) { return target.failed("read", std::strerror(errno), errno); }
            size_t bytes = kept + size_t(count);
            if (count == 0) { return bytes ? lines(block.get(), bytes) : 0; }
            target.result.input_bytes += uint64_t(count);
            auto *end = static_cast<uint8_t *>(memrchr(block.get(), '\n', bytes));
            if (!end && bytes == blockBytes) { return target.failed("a line", "longer than a block", EINVAL); }
            size_t whole = end ? size_t(end - block.get()) + 1 : 0;
            int code = whole ? lines(block.get(), whole) : 0;
            if (code) { return code; }
            kept = bytes - whole;
            std::memmove(block.get(), block.get() + whole, kept);
        }
    }
};

}  // namespace

int cpeer_import_by_append(const char *input, const char *directory, cpeer_import *result) {
    *result = cpeer_import{};
    Target target(*result);
    double start = cpeer_seconds();
    int code = target.open(directory);
    int descriptor = code ? -1 : open(input, O_RDONLY | O_CLOEXEC);
    if (!code && descriptor < 0) { code = target.failed(input, std::strerror(errno), errno); }
    if (!code) { code = Importer(target).file(descriptor); }
    if (!code && target.txn) { code = target.commit(); }
    if (descriptor >= 0) { close(descriptor); }
    result->seconds = cpeer_seconds() - start;
    return code;
}
