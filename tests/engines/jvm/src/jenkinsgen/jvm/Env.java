package jenkinsgen.jvm;

import groovy.lang.GroovyObjectSupport;
import java.io.Serializable;

/** Stand-in for the global {@code env}: the variables of the build and of the enclosing blocks. */
public final class Env extends GroovyObjectSupport implements Serializable {
    private static final long serialVersionUID = 1L;

    /** A variable, or null. */
    @Override
    public Object getProperty(String name) {
        return Simulation.current().variable(name);
    }

    /** Jenkins allows it; nothing emitted needs it. */
    @Override
    public void setProperty(String name, Object value) {
        throw new Misuse("env." + name + " is set: use withEnv");
    }
}
