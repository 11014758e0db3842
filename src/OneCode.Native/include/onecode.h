/*
 * libonecode: judges OC1 code texts (SPEC.md of the package OneCode) without a network, a clock or a file of its own.
 *
 *     onecode_question question = { .abi = ONECODE_ABI, .now = time(NULL), ... };
 *     char answer[ONECODE_ANSWER_SIZE];
 *     if (onecode_verify(&question, answer, sizeof answer, NULL) == ONECODE_VALID) open_the_gate();
 *
 * Open for ONECODE_VALID alone, and compare with it: the return value is no truth value.
 *
 * The answer depends on the question and on nothing else: no earlier call changes it. Any number of threads may call at once.
 * What was verified is remembered, so that the same lists again cost a comparison of their bytes: README.md has the figures.
 */
#ifndef ONECODE_H
#define ONECODE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define ONECODE_CHECKED __attribute__((warn_unused_result))
#else
#define ONECODE_CHECKED
#endif

/* The version of everything in this header. A library that does not speak it answers ONECODE_ERROR_ARGUMENT. */
#define ONECODE_ABI 1

/*
 * Return values. Those from 0 on are answers about the code and the same as the exit codes of `onecode verify --distinct`.
 * Those below 0 are none: nothing was judged, and nothing may be opened.
 */
#define ONECODE_VALID 0        /* genuine, in force, status known to be clean */
#define ONECODE_INVALID 1      /* forged, expired, shown by another phone: whatever else is wrong with the code */
#define ONECODE_CANNOT_TELL 2  /* the caller lacks something else: roots, a trust list, the key, the algorithm, the right time */
#define ONECODE_REVOKED 3      /* withdrawn for good */
#define ONECODE_SUSPENDED 4    /* withdrawn for now */
#define ONECODE_STALE 5        /* genuine; the status or trust list is too old to be sure: fetch a newer one */
#define ONECODE_NOT_COVERED 6  /* genuine; none of the status lists answers for it: fetch the one that claims.status names */

#define ONECODE_ERROR_ARGUMENT (-1) /* the question breaks a rule of this header; "detail" says which */
#define ONECODE_ERROR_ROOTS (-2)    /* roots are there and are no root key set */
#define ONECODE_ERROR_SPACE (-3)    /* the answer does not fit; *length says how long it is */
#define ONECODE_ERROR_INTERNAL (-4) /* no memory, no OpenSSL 3, less than 128 kB of stack left, or a fault of the library; "detail" says what */

/* Enough for any answer about a question whose lists were all accepted; each refused list adds up to 64 bytes. */
#define ONECODE_ANSWER_SIZE 4096

/* Bytes of the caller's. They are read during the call alone, and nobody may change them meanwhile. */
typedef struct onecode_bytes {
    const void *data; /* NULL only where length is 0 */
    int64_t length;   /* in bytes; never negative */
} onecode_bytes;

/* options: a sum of these. */
#define ONECODE_ES256_ONLY 1 /* speak no SM2: its keys are "AlgorithmUnsupported" */

/* Start with zeros, set abi, then what there is: whatever is left out is answered for (no roots: CANNOT_TELL, RootsMissing). */
typedef struct onecode_question {
    int32_t abi;     /* ONECODE_ABI */
    int32_t options; /* 0: ES256 and SM2 */

    /* The moment to judge by: whole seconds since 1970-01-01T00:00:00Z, 0 to 253402300739. The library has no clock. */
    int64_t now;

    /* What was scanned, byte for byte, without the scanner's line end. Anything at all, of any length: what is no code is ONECODE_INVALID. */
    onecode_bytes text;

    /* Root keys, kept from a trusted moment: the JSON of trust_roots (SPEC 7.3), UTF-8, at most 64 kB. Never from where the lists come from. */
    onecode_bytes roots;

    /* Changes of root keys as they are published (SPEC 14), a CBOR sequence, at most 1 MB. Links that do not follow on roots are passed over. */
    onecode_bytes root_changes;

    /*
     * Signed trust lists, oldest first, at most 16: each counts if the roots vouch for it and it does not go back behind the one before.
     * One is enough. Give the one kept on disk and then the one just fetched, and an attacker between cannot bring back an old one.
     */
    const onecode_bytes *trust_lists;
    int64_t trust_list_count;

    /* Status lists (SPEC 8, CWT), oldest first where several speak for the same codes, at most 4096. Each says itself whose it is: order and names of files do not matter. */
    const onecode_bytes *status_lists;
    int64_t status_list_count;
} onecode_question;

#if defined(_WIN32)
#define ONECODE_API __declspec(dllimport)
#else
#define ONECODE_API
#endif

/*
 * Judges question->text.
 *
 * answer    gets one JSON object in UTF-8, ended by a zero byte; NULL with capacity 0 for who needs the return value alone.
 * capacity  bytes that answer has room for, the zero byte included. If they do not suffice the return value is ONECODE_ERROR_SPACE, and answer an empty string.
 * length    gets the length of the whole answer without the zero byte, whether it fitted or not; may be NULL.
 *
 * The object is that of `onecode gate`:
 *   verdict     "passed", "failed" or "indeterminate"
 *   answer      "valid", "revoked", "suspended", "stale", "notCovered", "invalid" or "cannotTell"
 *   reason      unless passed: the name in SPEC's registry (6.1), such as "Expired"
 *   step        unless passed: where in SPEC 6
 *   statusAsOf  if passed: when the status was last known to be clean
 *   kind, form, level, claims   what the issuer said, once the signature held. Claims of what did not pass are never a reason to open
 *   at, statusAge, trustAge     question->now; age of the status (if passed) and of the trust list, in seconds
 *   refused     lists that were not taken: [{"list": "trustLists" or "statusLists", "index": 0.., "reason": ...}]
 * Below zero it has "verdict": "indeterminate", "answer": "cannotTell", "error" and "detail".
 * Names are added in time: pass over those that you do not know.
 */
ONECODE_API ONECODE_CHECKED int32_t onecode_verify(const onecode_question *question, char *answer, int64_t capacity, int64_t *length);

#ifdef __cplusplus
}
#endif
#endif
