package jenkinsgen.jvm;

import com.cloudbees.groovy.cps.Block;
import com.cloudbees.groovy.cps.Builder;
import com.cloudbees.groovy.cps.Continuable;
import com.cloudbees.groovy.cps.Envs;
import com.cloudbees.groovy.cps.MethodLocation;
import com.cloudbees.groovy.cps.Outcome;
import groovy.lang.Script;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/** Runs methods of scripts that were compiled with {@link Mode#CPS}. */
final class Cps {
    private Cps() {}

    /** Calls a method, be it CPS or {@code @NonCPS}, that calls no step. */
    static Object call(Script script, String method, Object... arguments)
            throws InvocationTargetException {
        var program = new Continuable(block(script, method, arguments), Envs.empty());
        Object value = program.run0(new Outcome(null, null), Continuable.categories).wrapReplay();
        if (program.isResumable()) {
            throw new IllegalStateException(method + " was suspended: " + value);
        }
        return value;
    }

    /** The call as the interpreter's own code, as if it stood in a CPS method. */
    private static Block block(Script script, String method, Object... arguments) {
        var builder = new Builder(MethodLocation.UNKNOWN);
        Block[] constants = Arrays.stream(arguments).map(builder::constant).toArray(Block[]::new);
        return builder.functionCall(0, builder.constant(script), method, constants);
    }
}
