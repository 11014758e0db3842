import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The turnstile of ../c/gate.c in Java: scanned lines in, one JSON answer a line out. */
public final class Gate {
    private Gate() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 2) {
            System.err.println("usage: java -Djava.library.path=DIR Gate ROOTS TRUST-LIST STATUS-LIST... < LINES");
            System.exit(64);
        }

        List<byte[]> status = new ArrayList<>();
        for (String file : Arrays.asList(arguments).subList(2, arguments.length)) {
            status.add(Files.readAllBytes(Path.of(file)));
        }

        OneCode.Lists lists = new OneCode.Lists(Files.readAllBytes(Path.of(arguments[0])), List.of(Files.readAllBytes(Path.of(arguments[1]))), status);

        // For trying it with codes of another day.
        String moment = System.getenv("GATE_NOW");

        // Each byte a character, there and back: what is not ASCII must stay wrong.
        BufferedReader scanner = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.ISO_8859_1));
        for (String line = scanner.readLine(); line != null; line = scanner.readLine()) {
            if (line.isEmpty()) {
                continue;
            }

            Instant now = moment != null ? Instant.ofEpochSecond(Long.parseLong(moment)) : Instant.now();
            try {
                OneCode.Verdict verdict = OneCode.verify(line.getBytes(StandardCharsets.ISO_8859_1), lists, now);
                System.out.write((verdict.json() + "\n").getBytes(StandardCharsets.UTF_8));
                System.out.flush();
                System.err.println(verdict.answer() == OneCode.Answer.VALID ? "open" : "closed: " + verdict.answer());
            } catch (OneCode.Failure failure) {
                System.err.println("out of order: " + failure.getMessage());
            }
        }
    }
}
