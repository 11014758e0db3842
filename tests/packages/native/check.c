/*
 * Asks libonecode. `check vectors FILE` answers each question of the file with a line; `check hostile FILE` breaks the first one in every way that
 * onecode.h defines an answer for, and prints what went wrong; `check speed FILE` prints what a call costs. The file is written by questions.mjs.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "onecode.h"

enum { ROUNDS = 1000, SPACE = 64 * 1024 };

static onecode_question *questions;
static int question_count;
static int faults;

static int64_t number(FILE *file, int bytes)
{
    int64_t value = 0;
    while (bytes-- > 0)
    {
        value = (int64_t)((uint64_t)value << 8 | (uint64_t)(getc(file) & 0xff));
    }

    return value;
}

static int32_t small(FILE *file)
{
    return (int32_t)number(file, 4);
}

static onecode_bytes blob(FILE *file)
{
    onecode_bytes bytes = {NULL, small(file)};
    void *data = bytes.length > 0 ? malloc((size_t)bytes.length) : NULL;
    if (data != NULL && fread(data, 1, (size_t)bytes.length, file) != (size_t)bytes.length)
    {
        exit(64);
    }

    bytes.data = data;
    return bytes;
}

static const onecode_bytes *blobs(FILE *file, int64_t *count)
{
    *count = small(file);
    onecode_bytes *lists = calloc((size_t)*count + 1, sizeof *lists);
    for (int64_t i = 0; i < *count; i++)
    {
        lists[i] = blob(file);
    }

    return lists;
}

static void read_questions(const char *name)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL)
    {
        perror(name);
        exit(64);
    }

    question_count = small(file);
    questions = calloc((size_t)question_count, sizeof *questions);
    for (int i = 0; i < question_count; i++)
    {
        onecode_question *q = &questions[i];
        q->abi = ONECODE_ABI;
        q->now = number(file, 8);
        q->options = small(file);
        q->text = blob(file);
        q->roots = blob(file);
        q->root_changes = blob(file);
        q->trust_lists = blobs(file, &q->trust_list_count);
        q->status_lists = blobs(file, &q->status_list_count);
    }

    fclose(file);
}

static void expect(const char *what, const onecode_question *question, int32_t code, const char *word)
{
    static char answer[SPACE];
    int64_t length = -1;
    memset(answer, 'x', sizeof answer);
    int32_t got = onecode_verify(question, answer, sizeof answer, &length);
    if (got != code || length != (int64_t)strlen(answer) || strstr(answer, word) == NULL)
    {
        printf("%s: %d %s\n", what, got, answer);
        faults++;
    }
}

static void expect_that(const char *what, int holds)
{
    if (!holds)
    {
        printf("%s\n", what);
        faults++;
    }
}

static void buffers(const onecode_question *good)
{
    char answer[SPACE], small_answer[3] = "xyz";
    int64_t whole = -1, length = -1;
    expect_that("no buffer is room for the return value", onecode_verify(good, NULL, 0, &whole) == ONECODE_VALID && whole > 2 && whole < ONECODE_ANSWER_SIZE);
    expect_that("nobody need ask for the length", onecode_verify(good, NULL, 0, NULL) == ONECODE_VALID);
    expect_that("one byte is too small", onecode_verify(good, small_answer, 1, &length) == ONECODE_ERROR_SPACE && length == whole);
    expect_that("and gets an empty string, and not a byte more", small_answer[0] == 0 && small_answer[1] == 'y' && small_answer[2] == 'z');
    memset(answer, 'x', sizeof answer);
    expect_that("one byte too few is too small", onecode_verify(good, answer, whole, &length) == ONECODE_ERROR_SPACE && answer[0] == 0 && answer[1] == 'x');
    expect_that("as many as are needed do", onecode_verify(good, answer, whole + 1, &length) == ONECODE_VALID && answer[whole] == 0 && answer[whole + 1] == 'x');
    memset(answer, 'x', sizeof answer);
    expect_that("a negative capacity writes nothing", onecode_verify(good, answer, -1, &length) == ONECODE_ERROR_ARGUMENT && answer[0] == 'x');
    expect_that("a buffer of no bytes neither", onecode_verify(good, answer, 0, &length) == ONECODE_ERROR_ARGUMENT && answer[0] == 'x');
    expect_that("nor does no buffer of some", onecode_verify(good, NULL, 100, &length) == ONECODE_ERROR_ARGUMENT);
    onecode_question broken = *good;
    broken.abi = 0;
    expect_that("an error stays one in a buffer that is too small for it", onecode_verify(&broken, small_answer, 2, NULL) == ONECODE_ERROR_ARGUMENT && small_answer[0] == 0);
}

static void arguments(const onecode_question *good)
{
    onecode_question q;
    onecode_bytes list;
    expect("no question", NULL, ONECODE_ERROR_ARGUMENT, "question is NULL");
#define BROKEN(change, word) \
    q = *good; \
    change; \
    expect(#change, &q, ONECODE_ERROR_ARGUMENT, word)
    BROKEN(q.abi = 0, "abi");
    BROKEN(q.abi = ONECODE_ABI + 1, "abi");
    BROKEN(q.options = 2, "options");
    BROKEN(q.options = -1, "options");
    BROKEN(q.now = -1, "now");
    BROKEN(q.now *= 1000, "seconds");
    BROKEN(q.now = INT64_MAX, "now");
    BROKEN(q.text.length = -1, "text has a negative length");
    BROKEN(q.text.length = INT64_MIN, "text has a negative length");
    BROKEN(q.text.data = NULL, "text has no data");
    BROKEN(q.roots.length = -1, "roots has a negative length");
    BROKEN(q.roots.data = NULL, "roots has no data");
    BROKEN(q.root_changes.length = 1, "root_changes has no data");
    BROKEN(q.trust_list_count = -1, "trust_lists has a negative count");
    BROKEN(q.trust_list_count = 17, "trust_lists has more than 16");
    BROKEN(q.trust_lists = NULL, "trust_lists has no data");
    BROKEN(q.status_list_count = INT64_MAX, "status_lists has more than 4096");
    BROKEN(q.status_lists = NULL, "status_lists has no data");
    BROKEN((list = q.status_lists[0], list.length = -2, q.status_lists = &list), "status_lists has a negative length at 0");
    BROKEN((list = q.trust_lists[0], list.data = NULL, q.trust_lists = &list), "trust_lists has no data but a length at 0");
    q = *good;
    q.roots = (onecode_bytes){"{}", 2};
    expect("roots that are none", &q, ONECODE_ERROR_ROOTS, "\"error\":\"Roots\"");
    q.roots = q.text;
    expect("a text for roots", &q, ONECODE_ERROR_ROOTS, "cannotTell");
}

static void lists(const onecode_question *good)
{
    onecode_question q = *good;
    q.roots = (onecode_bytes){NULL, 0};
    expect("no roots", &q, ONECODE_CANNOT_TELL, "\"RootsMissing\"");
    q = *good;
    q.trust_list_count = 0;
    expect("no trust list", &q, ONECODE_CANNOT_TELL, "\"TrustMissing\"");
    q = *good;
    q.trust_lists = good->status_lists;
    q.status_lists = good->trust_lists;
    q.status_list_count = 1;
    expect("lists in each other's place", &q, ONECODE_CANNOT_TELL, "{\"list\":\"trustLists\",\"index\":0,\"reason\":\"UnexpectedType\"}");
    q = *good;
    q.status_list_count = 0;
    expect("no status list", &q, ONECODE_NOT_COVERED, "\"StatusUnknown\"");
    q.now = 0;
    expect("a clock that stands at its beginning", &q, ONECODE_CANNOT_TELL, "\"ClockWrong\"");
    q.now = 253402300739;
    expect("and at its end", &q, ONECODE_INVALID, "\"Expired\"");

    /* A byte changed where it lay: the lists remembered are the library's own copy, compared whole. */
    q = *good;
    q.status_list_count = 1;
    while (onecode_verify(&q, NULL, 0, NULL) != ONECODE_VALID)
    {
        q.status_lists++;
    }

    onecode_bytes list = *q.status_lists;
    char *changed = malloc((size_t)list.length);
    memcpy(changed, list.data, (size_t)list.length);
    list.data = changed;
    q.status_lists = &list;
    expect("a copy of a list", &q, ONECODE_VALID, "\"valid\"");
    changed[list.length - 1] ^= 1;
    expect("the copy with its last bit turned", &q, ONECODE_NOT_COVERED, "\"SignatureInvalid\"");
    changed[list.length - 1] ^= 1;
    expect("and turned back", &q, ONECODE_VALID, "\"valid\"");
    free(changed);
}

static void texts(const onecode_question *good)
{
    enum { NOISE = 64 * 1024 };
    static unsigned char noise[NOISE];
    uint32_t seed = 20261125;
    for (int i = 0; i < NOISE; i++)
    {
        seed = seed * 1664525u + 1013904223u;
        noise[i] = (unsigned char)(seed >> 24);
    }

    onecode_question q = *good;
    q.text = (onecode_bytes){NULL, 0};
    expect("no bytes", &q, ONECODE_INVALID, "\"Malformed\"");
    q.text = (onecode_bytes){noise, NOISE};
    expect("64 kB of noise", &q, ONECODE_INVALID, "\"Malformed\"");
    memcpy(noise, "OC1:", 4);
    expect("64 kB of noise behind a prefix", &q, ONECODE_INVALID, "\"Malformed\"");
    for (int i = 4; i < NOISE; i++)
    {
        noise[i] = (unsigned char)"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"[noise[i] % 45];
    }

    expect("64 kB of code letters", &q, ONECODE_INVALID, "\"Malformed\"");
    q.text.length = INT64_MAX; /* Only so many are looked at as are there. */
    expect("a length beyond all memory", &q, ONECODE_INVALID, "\"Malformed\"");
    for (int length = 1; length < 8200; length += 13)
    {
        q.text = (onecode_bytes){noise + length % 7, length};
        char answer[SPACE];
        expect_that("noise passes", onecode_verify(&q, answer, sizeof answer, NULL) == ONECODE_INVALID);
    }

    /* Each byte of a good text changed is a code no more. */
    char *text = malloc((size_t)good->text.length + 1);
    q.text = (onecode_bytes){text, good->text.length};
    for (int64_t i = 0; i < good->text.length; i++)
    {
        memcpy(text, good->text.data, (size_t)good->text.length);
        text[i] ^= 1;
        int32_t code = onecode_verify(&q, NULL, 0, NULL);
        expect_that("a changed text passes, or is an error", code > 0);
    }

    memcpy(text, good->text.data, (size_t)good->text.length);
    text[q.text.length++] = 0;
    expect("a zero byte behind the text", &q, ONECODE_INVALID, "\"Malformed\"");
    free(text);
}

static void *ask_around(void *argument)
{
    /* Where each thread begins differs, so that they hold different lists against each other's at all times. */
    char *first = malloc(SPACE), *again = malloc(SPACE);
    int from = *(int *)argument;
    intptr_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++)
    {
        const onecode_question *q = &questions[(from + i * 7) % question_count];
        int32_t code = onecode_verify(q, first, SPACE, NULL);
        wrong += code != onecode_verify(q, again, SPACE, NULL) || strcmp(first, again) != 0 || code < 0;
    }

    free(first);
    free(again);
    return (void *)wrong;
}

static void threads(void)
{
    pthread_t thread[4];
    int from[4];
    for (int i = 0; i < 4; i++)
    {
        from[i] = i * question_count / 4;
        expect_that("a thread did not start", pthread_create(&thread[i], NULL, ask_around, &from[i]) == 0);
    }

    for (int i = 0; i < 4; i++)
    {
        void *wrong = NULL;
        pthread_join(thread[i], &wrong);
        expect_that("two threads at once were told different things", wrong == NULL);
    }
}

static void *ask(void *question)
{
    return (void *)(intptr_t)onecode_verify(question, NULL, 0, NULL);
}

static void small_stack(onecode_question *good)
{
    pthread_attr_t attributes;
    pthread_t thread;
    void *code = NULL;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 96 * 1024);
    expect_that("a thread with a small stack did not start", pthread_create(&thread, &attributes, ask, good) == 0);
    pthread_join(thread, &code);
    expect_that("a small stack is an error of its own", (intptr_t)code == ONECODE_ERROR_INTERNAL);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What it costs to have the same lists again, and to have others each time: the roots end in another white space or are read by another option, which makes eight sets, and four are remembered. */
static void speed(const onecode_question *good)
{
    enum { MANY = 64, SIZE = 16 * 1024, CALLS = 20000, NEW_CALLS = 2000 };
    static char answer[SPACE], bulk[MANY][SIZE];
    double start = seconds();
    for (int i = 0; i < CALLS; i++)
    {
        expect_that("not valid", onecode_verify(good, answer, sizeof answer, NULL) == ONECODE_VALID);
    }

    printf("the lists of a vector, the same again    %7.1f us\n", (seconds() - start) / CALLS * 1e6);

    onecode_question q = *good;
    char *roots = malloc((size_t)q.roots.length + 1);
    memcpy(roots, q.roots.data, (size_t)q.roots.length);
    q.roots = (onecode_bytes){roots, q.roots.length + 1};
    start = seconds();
    for (int i = 0; i < NEW_CALLS; i++)
    {
        roots[q.roots.length - 1] = " \n\t\r"[i % 4];
        q.options = i / 4 % 2;
        expect_that("not valid", onecode_verify(&q, answer, sizeof answer, NULL) == ONECODE_VALID);
    }

    printf("the same, others each time               %7.1f us\n", (seconds() - start) / NEW_CALLS * 1e6);

    onecode_bytes many[MANY + 8];
    int64_t lists = good->status_list_count < 8 ? good->status_list_count : 8;
    memcpy(many, good->status_lists, (size_t)lists * sizeof *many);
    for (int i = 0; i < MANY; i++)
    {
        memset(bulk[i], i, SIZE);
        many[lists + i] = (onecode_bytes){bulk[i], SIZE};
    }

    q = *good;
    q.status_lists = many;
    q.status_list_count = lists + MANY;
    start = seconds();
    for (int i = 0; i < CALLS; i++)
    {
        expect_that("not valid", onecode_verify(&q, NULL, 0, NULL) == ONECODE_VALID);
    }

    printf("with 64 lists of 16 kB, the same again   %7.1f us\n", (seconds() - start) / CALLS * 1e6);
    free(roots);
}

int main(int count, char **words)
{
    if (count != 3)
    {
        return 64;
    }

    read_questions(words[2]);
    if (strcmp(words[1], "vectors") == 0)
    {
        static char answer[SPACE];
        for (int i = 0; i < question_count; i++)
        {
            int32_t code = onecode_verify(&questions[i], answer, sizeof answer, NULL);
            printf("%d %s\n", code, answer);
        }

        return 0;
    }

    onecode_question *good = questions;
    while (good < questions + question_count && onecode_verify(good, NULL, 0, NULL) != ONECODE_VALID)
    {
        good++;
    }

    if (good == questions + question_count)
    {
        printf("nothing passes\n");
        return 1;
    }

    if (strcmp(words[1], "speed") == 0)
    {
        speed(good);
        return faults != 0;
    }

    buffers(good);
    arguments(good);
    lists(good);
    texts(good);
    threads();
    small_stack(good);
    printf("%s\n", faults == 0 ? "as onecode.h says" : "not as onecode.h says");
    return faults != 0;
}
