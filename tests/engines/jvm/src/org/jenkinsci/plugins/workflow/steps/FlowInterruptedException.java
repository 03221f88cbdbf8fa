package org.jenkinsci.plugins.workflow.steps;

/**
 * Stand-in for the exception by which Jenkins stops a build: aborted, timed out, superseded.
 * Like the original it is final and an {@link InterruptedException}; its getters are left out
 * on purpose, because the sandbox does not let a library call them.
 */
public final class FlowInterruptedException extends InterruptedException {
    private static final long serialVersionUID = 1L;

    /** @param reason what happened, for the log of a simulation */
    public FlowInterruptedException(String reason) {
        super(reason);
    }
}
