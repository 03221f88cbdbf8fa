package jenkinsgen.jvm;

import groovy.lang.GroovyClassLoader;
import groovy.lang.GroovyCodeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jenkinsci.plugins.workflow.cps.CpsScript;

/** The vars scripts of one library, loaded by one Groovy class loader as in Jenkins. */
final class Vars {
    private final GroovyClassLoader loader;

    Vars(Mode mode) {
        loader = new GroovyClassLoader(Vars.class.getClassLoader(), mode.configuration());
    }

    ClassLoader loader() {
        return loader;
    }

    /** Compiles a file, has the JVM verify every class it gave, and makes the script object. */
    CpsScript load(Path file) throws IOException, ReflectiveOperationException {
        // readString refuses malformed UTF-8, which Groovy would replace silently
        String text = Files.readString(file);
        var source = new GroovyCodeSource(text, file.getFileName().toString(), "/vars");
        // without the cache, which goes by the name and would skip a second file of that name
        Class<?> script = loader.parseClass(source, false);
        ClassLoader own = script.getClassLoader(); // Groovy takes a new one for each file
        for (Class<?> loaded : loader.getLoadedClasses()) {
            if (loaded.getClassLoader() == own) {
                Class.forName(loaded.getName(), true, own);
            }
        }
        return (CpsScript) script.getDeclaredConstructor().newInstance();
    }
}
