package org.jenkinsci.plugins.workflow.cps;

import com.cloudbees.groovy.cps.SerializableScript;
import java.io.Serializable;

/**
 * Stand-in for the base class that Jenkins gives to every script, vars files included. What a
 * script does not have itself, a method or a property, is asked of the {@link Host}.
 */
public abstract class CpsScript extends SerializableScript {
    private static final long serialVersionUID = 1L;

    /** The build that runs; one at a time. */
    @SuppressWarnings("checkstyle:VisibilityModifier")
    public static transient Host host;

    /** What a build offers its scripts. */
    public interface Host {
        /** A step, a symbol, or the {@code call} of another var. */
        Object invoke(String name, Object[] arguments);

        /** A global variable, a var, or a variable of the environment. */
        Object property(String name);

        /** The var of that name. */
        CpsScript var(String name);
    }

    @Override
    public final Object invokeMethod(String name, Object arguments) {
        Object[] list = arguments instanceof Object[] array ? array : new Object[] {arguments};
        return host.invoke(name, list);
    }

    @Override
    public Object getProperty(String property) {
        return host.property(property);
    }

    @Override
    public Object run() {
        throw new UnsupportedOperationException("a var has no body");
    }

    /** Jenkins does not save vars with a build either: it loads them again. */
    protected Object writeReplace() {
        return new Reference(getClass().getSimpleName());
    }

    private record Reference(String name) implements Serializable {
        private Object readResolve() {
            return host.var(name);
        }
    }
}
