package jenkinsgen.jvm;

import groovy.lang.GroovyShell;
import java.util.ArrayList;
import java.util.List;
import org.codehaus.groovy.control.CompilationFailedException;

/** Evaluates string expressions as plain Groovy source text. */
final class Literals {
    /** Expressions per script: few enough for the 64 KB of one method, many enough to be fast. */
    private static final int CHUNK = 200;

    private final GroovyShell shell = new GroovyShell();

    /** Gives the value of each expression; one that does not compile to one value is named. */
    List<String> evaluate(List<String> expressions) {
        var values = new ArrayList<String>(expressions.size());
        for (int from = 0; from < expressions.size(); from += CHUNK) {
            evaluate(expressions, from, Math.min(from + CHUNK, expressions.size()), values);
        }
        return values;
    }

    private void evaluate(List<String> expressions, int from, int to, List<String> values) {
        String script = "[\n" + String.join(",\n", expressions.subList(from, to)) + "\n]";
        CompilationFailedException failure = null;
        try {
            var chunk = (List<?>) shell.parse(script).run();
            if (chunk.size() == to - from) {
                chunk.forEach(value -> values.add(value.toString()));
                return;
            }
        } catch (CompilationFailedException thrown) {
            failure = thrown;
        }
        if (to - from == 1) {
            throw new IllegalArgumentException("line " + to + " is not one expression", failure);
        }
        int middle = (from + to) / 2;
        evaluate(expressions, from, middle, values);
        evaluate(expressions, middle, to, values);
    }
}
