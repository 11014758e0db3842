import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What check.c does with the vectors, in Java: a line for each question of a file that questions.mjs wrote. By two threads at once, and with Java's own traps between:
 * both runtimes catch the same signals, for a null reference, a division by zero and the end of a stack, and each must still get its own.
 */
public final class Check {
    private record Question(Instant now, byte[] text, OneCode.Lists lists) {}

    private Check() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<Question> questions = new ArrayList<>();
        try (InputStream file = Files.newInputStream(Path.of(arguments[0])); DataInputStream in = new DataInputStream(file)) {
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                Instant now = Instant.ofEpochSecond(in.readLong());
                int options = in.readInt();
                byte[] text = blob(in);
                byte[] roots = blob(in);
                questions.add(new Question(now, text, new OneCode.Lists(roots, blob(in), blobs(in), blobs(in), options)));
            }
        }

        List<String> other = new ArrayList<>();
        Thread thread = new Thread(() -> other.addAll(answers(questions)));
        thread.start();
        List<String> own = answers(questions);
        thread.join();
        if (!own.equals(other)) {
            throw new AssertionError("two threads at once were told different things");
        }

        StringBuilder lines = new StringBuilder();
        own.forEach(line -> lines.append(line).append('\n'));
        Files.writeString(Path.of(arguments[1]), lines);
    }

    private static List<String> answers(List<Question> questions) {
        List<String> lines = new ArrayList<>();
        for (Question question : questions) {
            OneCode.Verdict verdict = OneCode.verify(question.text(), question.lists(), question.now());
            lines.add(code(verdict.answer()) + " " + verdict.json());
            trap(lines.size());
        }

        try {
            deeper(lines.size());
        } catch (StackOverflowError expected) {
            System.gc();
            return lines;
        }

        throw new AssertionError("a stack without end");
    }

    // As in onecode.h, written out so that it is not the order of the enum again.
    private static int code(OneCode.Answer answer) {
        return switch (answer) {
            case VALID -> 0;
            case INVALID -> 1;
            case CANNOT_TELL -> 2;
            case REVOKED -> 3;
            case SUSPENDED -> 4;
            case STALE -> 5;
            case NOT_COVERED -> 6;
        };
    }

    // Often enough that it is compiled, and the trap a signal.
    private static void trap(int number) {
        int trapped = 0;
        for (int i = 0; i < 200; i++) {
            try {
                trapped += nothing(number).length();
            } catch (NullPointerException expected) {
                trapped++;
            }

            try {
                trapped += number / (number - number);
            } catch (ArithmeticException expected) {
                trapped++;
            }
        }

        if (trapped != 400) {
            throw new AssertionError("a trap was lost");
        }
    }

    private static String nothing(int number) {
        return number < 0 ? "something" : null;
    }

    private static int deeper(int number) {
        return number < 0 ? number : deeper(number + 1) + 1;
    }

    private static byte[] blob(DataInputStream in) throws IOException {
        return in.readNBytes(in.readInt());
    }

    private static List<byte[]> blobs(DataInputStream in) throws IOException {
        List<byte[]> lists = new ArrayList<>();
        for (int count = in.readInt(); count > 0; count--) {
            lists.add(blob(in));
        }

        return lists;
    }
}
