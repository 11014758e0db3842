import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * libonecode in Java, through onecode_jni.c. Safe for any number of threads: no call sees another.
 *
 * <p>JNI, because it is the same from Java 8 to today: the foreign function interface of Java 17 is an incubator module whose names changed with each release until 22.
 */
public final class OneCode {
    /** What a guard acts on. Open for {@link #VALID} alone. The order is that of onecode.h. */
    public enum Answer { VALID, INVALID, CANNOT_TELL, REVOKED, SUSPENDED, STALE, NOT_COVERED }

    /** An answer, and the JSON object that onecode.h describes. */
    public record Verdict(Answer answer, String json) {}

    /** Nothing was judged: a fault of the caller's or of the machine, never of the code. Open for nothing. */
    public static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final int code;

        Failure(int code, String json) {
            super(code + " " + json);
            this.code = code;
        }

        /** One of ONECODE_ERROR_... */
        public int code() {
            return code;
        }
    }

    /**
     * What codes are judged by. Make one when the lists change and keep it: the bytes are copied out of the Java heap once, here, and not with each code.
     * The same lists are verified once, whatever the number of codes and of these.
     */
    public static final class Lists {
        private final ByteBuffer roots;
        private final ByteBuffer rootChanges;
        private final ByteBuffer[] trustLists;
        private final ByteBuffer[] statusLists;
        private final int options;

        /** Of roots from a trusted moment, trust lists (oldest first) and status lists. */
        public Lists(byte[] roots, List<byte[]> trustLists, List<byte[]> statusLists) {
            this(roots, new byte[0], trustLists, statusLists, 0);
        }

        /** The same with published changes of roots and options as onecode.h has them. */
        public Lists(byte[] roots, byte[] rootChanges, List<byte[]> trustLists, List<byte[]> statusLists, int options) {
            this.roots = direct(roots);
            this.rootChanges = direct(rootChanges);
            this.trustLists = trustLists.stream().map(Lists::direct).toArray(ByteBuffer[]::new);
            this.statusLists = statusLists.stream().map(Lists::direct).toArray(ByteBuffer[]::new);
            this.options = options;
        }

        private static ByteBuffer direct(byte[] bytes) {
            return ByteBuffer.allocateDirect(bytes.length).put(bytes);
        }
    }

    static {
        System.loadLibrary("onecode_jni");
    }

    private OneCode() {}

    /**
     * Judges what was scanned, without the scanner's line end, at a moment that the caller knows.
     *
     * @throws Failure nothing was judged
     */
    public static Verdict verify(byte[] text, Lists lists, Instant now) {
        Objects.requireNonNull(text);
        int[] code = {-4};
        String json = new String(
            verify(text, lists.roots, lists.rootChanges, lists.trustLists, lists.statusLists, now.getEpochSecond(), lists.options, code),
            StandardCharsets.UTF_8);
        if (code[0] < 0 || code[0] >= Answer.values().length) {
            throw new Failure(code[0], json);
        }

        return new Verdict(Answer.values()[code[0]], json);
    }

    private static native byte[] verify(
        byte[] text, ByteBuffer roots, ByteBuffer rootChanges, ByteBuffer[] trustLists, ByteBuffer[] statusLists, long now, int options, int[] code);
}
