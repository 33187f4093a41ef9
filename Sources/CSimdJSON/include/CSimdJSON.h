/// CSimdJSON: the one door of Gapless to simdjson, a plain C face over its document parser.
///
/// A parser object owns every buffer (padded input, tape, unescaped strings, output) and reuses them, so that a parse
/// allocates nothing once it is warm. It belongs to one thread at a time. Everything a function returns by pointer
/// points into those buffers and lives until the next call with the same parser.
///
/// What is accepted: RFC 8259 JSON in UTF-8, one document, containers nested to CSJ_DEPTH_MAX, integers in
/// -2^63...2^64-1, doubles that do not overflow, no object with the same key twice. Anything else is CSJ_INVALID;
/// where and why is found by a slower second reader, as simdjson does not say.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Containers inside one another; a document with one more is refused.
#define CSJ_DEPTH_MAX 128

/// Bytes of buffers that a parser keeps between documents; what a larger document needed is freed after it.
#define CSJ_RETAINED_INPUT_BYTES_MAX (4 * 1024 * 1024)

/// Bytes of the longest text of a double, as csj_double_text writes it.
#define CSJ_DOUBLE_TEXT_BYTES_MAX 32

typedef struct csj_parser csj_parser;
typedef struct csj_plan csj_plan;

typedef enum csj_status {
    CSJ_OK = 0,
    CSJ_NO_MEMORY,
    /// Not JSON as described above.
    CSJ_INVALID,
    /// The document is not an object.
    CSJ_NOT_AN_OBJECT,
    /// The field of `csj_result.slot` is a timestamp or bytes by the plan and its value is not the text of one.
    CSJ_BAD_FIELD,
} csj_status;

typedef enum csj_kind {
    CSJ_PLAIN = 0,
    /// An RFC 3339 string or null; in an array, so is every element that is no array or object itself.
    CSJ_TIMESTAMP,
    /// A base64 string or null; in an array likewise.
    CSJ_BYTES,
} csj_kind;

/// Reads RFC 3339 text; 0 when it is none.
typedef int (*csj_timestamp_reader)(const uint8_t *text, size_t count, int64_t *seconds, uint32_t *nanoseconds);

/// Bytes somewhere else.
typedef struct csj_bytes {
    const uint8_t *start;
    size_t count;
} csj_bytes;

/// simdjson's tape (doc/tape.md of simdjson): `words[0]` is the root, the value begins at `words[1]`.
/// A word is a type letter in the top 8 bits and a payload. A string's payload is an offset into `strings`,
/// where 4 bytes (native order) give the length of the unescaped UTF-8 behind them.
typedef struct csj_tape {
    const uint64_t *words;
    const uint8_t *strings;
} csj_tape;

typedef struct csj_result {
    csj_status status;
    /// The field a CSJ_BAD_FIELD is about.
    int32_t slot;
    csj_bytes record;
    /// The value of the plan's key field as MessagePack; none when the document has no such field.
    csj_bytes key;
} csj_result;

/// NULL when there is no memory.
csj_parser *csj_parser_create(void);
void csj_parser_destroy(csj_parser *parser);

/// What is known of fields beforehand. NULL when there is no memory.
csj_plan *csj_plan_create(csj_timestamp_reader reader);
void csj_plan_destroy(csj_plan *plan);

/// Tells of the field at `path`. `slot` is the caller's number for it, >= 0. Said twice of one path, the later
/// `kind` other than CSJ_PLAIN and the later slot hold; `is_key` is kept. 0 when there is no memory.
int csj_plan_add(csj_plan *plan, const csj_bytes *path, size_t count, csj_kind kind, int32_t slot, int is_key);

/// Parses and checks one document; `tape` is set when that is CSJ_OK.
csj_status csj_parse(csj_parser *parser, const uint8_t *text, size_t count, csj_tape *tape);

/// One JSON object to the same record as MessagePack; fields that the plan knows become timestamps or bytes.
csj_result csj_messagepack(csj_parser *parser, const csj_plan *plan, const uint8_t *text, size_t count);

/// One JSON object, checked likewise, without the white space between its tokens. Without a plan (NULL): any value.
csj_result csj_minified(csj_parser *parser, const csj_plan *plan, const uint8_t *text, size_t count);

/// Length of the first line in `text` without its line feed; `count` when there is no line feed.
size_t csj_line_length(const uint8_t *text, size_t count);

/// Shortest text that reads back as `number` (finite), always with a fraction or an exponent. Returns its length.
size_t csj_double_text(double number, char *text);

/// Bytes that `count` characters of base64 can stand for at most.
size_t csj_base64_bytes_max(size_t count);

/// Strict base64 of RFC 4648 section 4: padded, no line breaks, no stray bits. Returns the number of bytes, or -1.
ptrdiff_t csj_base64_decode(const uint8_t *text, size_t count, uint8_t *bytes);

#ifdef __cplusplus
}
#endif

#endif
