/*
 * The shim between OneCode.java and libonecode. It owns nothing after it returns.
 *
 *     cc -shared -fPIC -I ../../include -I $JAVA_HOME/include -I $JAVA_HOME/include/linux onecode_jni.c -L DIR -lonecode -Wl,-rpath,'$ORIGIN' -o libonecode_jni.so
 */
#include <jni.h>
#include <stdlib.h>

#include "onecode.h"

static onecode_bytes direct(JNIEnv *env, jobject buffer)
{
    onecode_bytes bytes = {NULL, 0};
    bytes.length = (*env)->GetDirectBufferCapacity(env, buffer);
    bytes.data = bytes.length == 0 ? NULL : (*env)->GetDirectBufferAddress(env, buffer);
    return bytes;
}

static onecode_bytes *all(JNIEnv *env, jobjectArray buffers, jsize count)
{
    onecode_bytes *lists = calloc((size_t)count + 1, sizeof *lists);
    for (jsize i = 0; lists != NULL && i < count; i++)
    {
        jobject buffer = (*env)->GetObjectArrayElement(env, buffers, i);
        lists[i] = direct(env, buffer);
        (*env)->DeleteLocalRef(env, buffer);
    }

    return lists;
}

JNIEXPORT jbyteArray JNICALL Java_OneCode_verify(
    JNIEnv *env, jclass type, jbyteArray text, jobject roots, jobject root_changes, jobjectArray trust_lists, jobjectArray status_lists, jlong now, jint options, jintArray code)
{
    (void)type;
    onecode_question question = {.abi = ONECODE_ABI, .options = options, .now = now};
    question.roots = direct(env, roots);
    question.root_changes = direct(env, root_changes);
    question.trust_list_count = (*env)->GetArrayLength(env, trust_lists);
    question.status_list_count = (*env)->GetArrayLength(env, status_lists);
    question.text.length = (*env)->GetArrayLength(env, text);

    int64_t capacity = ONECODE_ANSWER_SIZE + 64 * (question.trust_list_count + question.status_list_count);
    onecode_bytes *trust = all(env, trust_lists, (jsize)question.trust_list_count);
    onecode_bytes *status = all(env, status_lists, (jsize)question.status_list_count);
    char *answer = malloc((size_t)capacity);
    jbyte *scanned = (*env)->GetByteArrayElements(env, text, NULL);
    jbyteArray json = NULL;
    if (trust != NULL && status != NULL && answer != NULL && scanned != NULL)
    {
        question.text.data = scanned;
        question.trust_lists = trust;
        question.status_lists = status;
        int64_t length = 0;
        jint result = onecode_verify(&question, answer, capacity, &length);
        length = length < capacity ? length : 0;
        json = (*env)->NewByteArray(env, (jsize)length);
        if (json != NULL)
        {
            (*env)->SetByteArrayRegion(env, json, 0, (jsize)length, (const jbyte *)answer);
            (*env)->SetIntArrayRegion(env, code, 0, 1, &result);
        }
    }
    else if (!(*env)->ExceptionCheck(env))
    {
        /* code stays what it was: nothing was judged. */
        json = (*env)->NewByteArray(env, 0);
    }

    if (scanned != NULL)
    {
        (*env)->ReleaseByteArrayElements(env, text, scanned, JNI_ABORT);
    }

    free(answer);
    free(status);
    free(trust);
    return json;
}
