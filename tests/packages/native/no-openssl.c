/* Preloaded: a machine on which OpenSSL is not installed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

void *dlopen(const char *name, int flags)
{
    static void *(*real)(const char *, int);
    if (real == NULL)
    {
        *(void **)&real = dlsym(RTLD_NEXT, "dlopen");
    }

    return name != NULL && (strstr(name, "libssl") != NULL || strstr(name, "libcrypto") != NULL) ? real("/not/installed.so", flags) : real(name, flags);
}
