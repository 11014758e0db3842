/*
 * A turnstile in C: scanned lines in, one JSON answer a line out, and the lamp on the standard error.
 *
 *     cc -std=c11 -I ../../include gate.c -L DIR -lonecode -Wl,-rpath,DIR -o gate
 *     ./gate trust-roots.json trust.cose status/list1 status/list2 ... < /dev/ttyACM0
 *
 * Fetching newer lists is the caller's: replace the files and read them again. They are signed, so any way of fetching will do; the roots are not, so never fetch those.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "onecode.h"

/* A code text is at most 8,192 bytes: of a longer line so many are kept that it still is too long. */
enum { LONGEST_LINE = 8193 };

static onecode_bytes read_file(const char *name)
{
    onecode_bytes bytes = {NULL, 0};
    FILE *file = fopen(name, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
    {
        perror(name);
        exit(64);
    }

    long length = ftell(file);
    rewind(file);
    void *data = length > 0 ? malloc((size_t)length) : NULL;
    if (length < 0 || (length > 0 && (data == NULL || fread(data, 1, (size_t)length, file) != (size_t)length)))
    {
        perror(name);
        exit(64);
    }

    fclose(file);
    bytes.data = data;
    bytes.length = length;
    return bytes;
}

/* The next line that is not empty, without its end; -1 at the end. Zero bytes count: what stands behind one belongs to the scanned text too. */
static int64_t read_line(FILE *scanner, char *line)
{
    int64_t length = 0;
    for (int c = getc(scanner); c != EOF; c = getc(scanner))
    {
        if (c != '\r' && c != '\n')
        {
            if (length < LONGEST_LINE)
            {
                line[length++] = (char)c;
            }
        }
        else if (length > 0)
        {
            return length;
        }
    }

    return length > 0 ? length : -1;
}

static const char *lamp(int32_t answer)
{
    switch (answer)
    {
    case ONECODE_VALID: return "green";
    case ONECODE_REVOKED: return "red: withdrawn";
    case ONECODE_SUSPENDED: return "red: suspended";
    case ONECODE_STALE: return "amber: our lists are old, ask a person";
    case ONECODE_NOT_COVERED: return "amber: not in our lists, ask a person";
    case ONECODE_INVALID: return "red: not a valid code";
    case ONECODE_CANNOT_TELL: return "amber: we cannot tell, ask a person";
    default: return "amber: this gate is out of order";
    }
}

int main(int count, char **arguments)
{
    if (count < 3)
    {
        fprintf(stderr, "usage: gate ROOTS TRUST-LIST STATUS-LIST... < LINES\n");
        return 64;
    }

    onecode_bytes trust = read_file(arguments[2]);
    onecode_bytes *status = calloc((size_t)count, sizeof *status);
    if (status == NULL)
    {
        return 64;
    }

    for (int i = 3; i < count; i++)
    {
        status[i - 3] = read_file(arguments[i]);
    }

    onecode_question question = {.abi = ONECODE_ABI};
    question.roots = read_file(arguments[1]);
    question.trust_lists = &trust;
    question.trust_list_count = 1;
    question.status_lists = status;
    question.status_list_count = count - 3;

    /* For trying it with codes of another day. */
    const char *moment = getenv("GATE_NOW");
    int64_t capacity = ONECODE_ANSWER_SIZE + 64 * (int64_t)count;
    char *answer = malloc((size_t)capacity);
    char line[LONGEST_LINE];
    while (answer != NULL && (question.text.length = read_line(stdin, line)) > 0)
    {
        question.text.data = line;
        question.now = moment != NULL ? strtoll(moment, NULL, 10) : (int64_t)time(NULL);
        int32_t code = onecode_verify(&question, answer, capacity, NULL);
        puts(answer);
        fflush(stdout);
        fprintf(stderr, "%s\n", lamp(code));
    }

    return 0;
}
