package org.jenkinsci.plugins.workflow.cps;

/**
 * Stand-in for the class that Jenkins' compiler makes every CPS method, closure and loop call.
 * Jenkins yields its thread here; the call is kept because it takes room in the class file.
 */
public final class Safepoint {
    private Safepoint() {}

    /** Called from compiled scripts. */
    public static void safepoint() {}
}
