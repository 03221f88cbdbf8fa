package jenkinsgen.jvm;

import com.cloudbees.groovy.cps.Continuable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jenkinsci.plugins.workflow.cps.CpsScript;

/** A rendered workspace, loaded as Jenkins loads a shared library. */
final class Library {
    private final Path root;
    private final Mode mode;
    private final Map<String, CpsScript> vars = new TreeMap<>();
    private final ClassLoader loader;
    private final Signatures signatures;
    @SuppressWarnings("rawtypes") // the engine wants it so
    private final List<Class> categories = new ArrayList<>(Continuable.categories);

    Library(Path root, Mode mode, Signatures signatures)
            throws IOException, ReflectiveOperationException {
        this.root = root;
        this.mode = mode;
        this.signatures = signatures;
        categories.add(Iterators.class);
        var scripts = new Vars(mode);
        loader = scripts.loader();
        try (var files = Files.list(root.resolve("vars"))) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".groovy")) {
                    vars.put(name.substring(0, name.length() - ".groovy".length()),
                            scripts.load(file));
                }
            }
        }
    }

    CpsScript var(String name) {
        return vars.get(name);
    }

    Mode mode() {
        return mode;
    }

    ClassLoader loader() {
        return loader;
    }

    Signatures signatures() {
        return signatures;
    }

    @SuppressWarnings("rawtypes")
    List<Class> categories() {
        return categories;
    }

    /** The text of a file below {@code resources}; null if there is none. */
    String resource(String path) throws IOException {
        Path file = root.resolve("resources").resolve(path);
        return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : null;
    }
}
