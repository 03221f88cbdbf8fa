package jenkinsgen.jvm;

import java.io.Serializable;
import java.util.List;

/** Stand-in for RunWrapper, {@code currentBuild} and its predecessors. */
public final class CurrentBuild implements Serializable {
    private static final long serialVersionUID = 1L;
    /** From best to worst: a result never gets better. */
    private static final List<String> RESULTS =
            List.of("SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED");

    private final String previous;

    /** {@code previous} is the result of an earlier build that this object stands for, or null. */
    CurrentBuild(String previous) {
        this.previous = previous;
    }

    /** The result so far; null while nothing has set it. */
    public String getResult() {
        return previous != null ? previous : Simulation.current().result();
    }

    /** A script can only make the result worse, as in Jenkins. */
    public void setResult(String result) {
        if (previous != null || !RESULTS.contains(result)) {
            throw new Misuse("currentBuild.result can't be set to " + result);
        }
        Simulation.current().worsen(result);
    }

    /** The build before this one; null if this is the first. */
    public CurrentBuild getPreviousBuild() {
        String result = Simulation.current().previousResult();
        return result == null ? null : new CurrentBuild(result);
    }

    /** The newest build that has ended; builds do not overlap in the simulation. */
    public CurrentBuild getPreviousCompletedBuild() {
        return getPreviousBuild();
    }

    static boolean isWorse(String result, String than) {
        return than == null || RESULTS.indexOf(result) > RESULTS.indexOf(than);
    }
}
