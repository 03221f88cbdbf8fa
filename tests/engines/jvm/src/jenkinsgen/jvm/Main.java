package jenkinsgen.jvm;

import groovy.json.JsonOutput;
import groovy.json.JsonSlurperClassic;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.codehaus.groovy.control.CompilationFailedException;
import org.jenkinsci.plugins.workflow.cps.CpsScript;

/**
 * Judges emitted files on the JVM, with the engines that Jenkins uses.
 *
 * <dl>
 *   <dt>{@code compile plain|cps|sandbox FILE...}
 *   <dd>Compiles and loads vars scripts. Prints {@code ok FILE} or {@code failed FILE: MESSAGE}.
 *   <dt>{@code evaluate FILE VAR}
 *   <dd>FILE has one Groovy string expression a line. Prints for each its value and what the method
 *       {@code script(List)} of the vars script VAR makes of {@code [['printf', '%s', value]]}, both
 *       as base64 of UTF-8, with a tab between.
 *   <dt>{@code simulate cps|sandbox FILE}
 *   <dd>Runs builds. FILE has a JSON object a line: {@code library}, the folder of a rendered
 *       workspace; {@code step}, the var to call; {@code scenario}, see {@link Scenario}. Before
 *       them a line with the steps' signatures. Prints one line of JSON for each build; in the
 *       sandbox a last one with everything that the vars touched, see {@link Touched}.
 *   <dt>{@code yaml FILE...}
 *   <dd>Prints each file as one line of JSON with sorted keys, or {@code failed FILE: MESSAGE}.
 * </dl>
 *
 * <p>Results go to standard output, one a line; diagnostics go to standard error. The exit status
 * is 0 if all went well, 1 if something was refused, 2 for a wrong call.
 */
public final class Main {
    private static final String USAGE =
            "usage: compile plain|cps|sandbox FILE... | evaluate FILE VAR"
            + " | simulate cps|sandbox FILE | yaml FILE...";

    private final PrintStream out;

    private Main(PrintStream out) {
        this.out = out;
    }

    /** Runs one subcommand and ends the JVM. */
    public static void main(String[] args) {
        var stdout = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
        int status = 1;
        // not the platform's encoding, and no flush after each line
        try (var out = new PrintStream(stdout, false, StandardCharsets.UTF_8)) {
            status = new Main(out).run(List.of(args));
        } catch (Exception | LinkageError problem) {
            problem.printStackTrace();
        }
        System.exit(status);
    }

    private int run(List<String> args) throws IOException, ReflectiveOperationException {
        String subcommand = args.isEmpty() ? "" : args.get(0);
        if (subcommand.equals("compile") && args.size() > 2 && mode(args.get(1)) != null) {
            var vars = new Vars(mode(args.get(1)));
            return judge(args.subList(2, args.size()), file -> {
                vars.load(Path.of(file));
                return "ok " + file;
            });
        }
        if (subcommand.equals("evaluate") && args.size() == 3) {
            return evaluate(Path.of(args.get(1)), Path.of(args.get(2)));
        }
        if (subcommand.equals("simulate") && args.size() == 3 && mode(args.get(1)) != null) {
            return simulate(mode(args.get(1)), Path.of(args.get(2)));
        }
        if (subcommand.equals("yaml") && args.size() > 1) {
            return judge(args.subList(1, args.size()),
                    file -> Yaml.toJson(Files.readString(Path.of(file))));
        }
        System.err.println(USAGE);
        return 2;
    }

    private static Mode mode(String name) {
        return switch (name) {
            case "plain", "cps", "sandbox" -> Mode.valueOf(name.toUpperCase(Locale.ROOT));
            default -> null;
        };
    }

    private int evaluate(Path expressions, Path var)
            throws IOException, ReflectiveOperationException {
        // only LF ends a line here; String.lines would also split at CR
        var lines = List.of(Files.readString(expressions).split("\n"));
        CpsScript script = new Vars(Mode.CPS).load(var);
        for (String value : new Literals().evaluate(lines)) {
            Object command = Cps.call(script, "script", List.of(List.of("printf", "%s", value)));
            out.println(base64(value) + "\t" + base64(command.toString()));
        }
        return 0;
    }

    @SuppressWarnings("unchecked")
    private int simulate(Mode mode, Path builds) throws IOException, ReflectiveOperationException {
        var json = new JsonSlurperClassic();
        var lines = List.of(Files.readString(builds).split("\n"));
        var signatures = new Signatures((Map<String, Object>) json.parseText(lines.get(0)));
        var libraries = new HashMap<String, Library>();
        Touched touched = null;
        if (mode == Mode.SANDBOX) {
            touched = new Touched();
            touched.register();
        }
        for (String line : lines.subList(1, lines.size())) {
            var build = (Map<String, Object>) json.parseText(line);
            String root = (String) build.get("library");
            var scenario = Scenario.of((Map<String, Object>) build.get("scenario"));
            Map<String, Object> report;
            try {
                Library library = libraries.get(root);
                if (library == null) {
                    library = new Library(Path.of(root), mode, signatures);
                    libraries.put(root, library);
                }
                report = new Simulation(library, scenario).run((String) build.get("step"));
            } catch (CompilationFailedException refused) {
                report = Simulation.notLoaded(oneLine(refused));
            }
            out.println(JsonOutput.toJson(report));
        }
        if (touched != null) {
            out.println(JsonOutput.toJson(touched.seen()));
        }
        return 0;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @FunctionalInterface
    private interface Judge {
        String judge(String file) throws IOException, ReflectiveOperationException;
    }

    /** Prints a line for each file; whatever the judge throws counts against the file. */
    private int judge(List<String> files, Judge judge) {
        int status = 0;
        for (String file : files) {
            try {
                out.println(judge.judge(file));
            } catch (Exception | LinkageError | AssertionError | StackOverflowError problem) {
                out.println("failed " + file + ": " + oneLine(problem));
                status = 1;
            }
        }
        return status;
    }

    /** The message without the stack trace and the caret that Groovy puts into it. */
    private static String oneLine(Throwable problem) {
        return problem.toString().lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.equals("^") && !line.startsWith("at "))
                .collect(Collectors.joining(" | "));
    }
}
