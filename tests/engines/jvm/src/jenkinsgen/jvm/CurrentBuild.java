package jenkinsgen.jvm;

import java.io.Serializable;
import java.util.List;

/** Stand-in for RunWrapper, {@code currentBuild} and its predecessors. */
public final class CurrentBuild implements Serializable {
    private static final long serialVersionUID = 1L;
    /** From best to worst: a result never gets better. */
    private static final List<String> RESULTS =
            List.of("SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED");

    /** Which build this stands for: 0 is the one that runs, 1 the one before. */
    private final int back;

    CurrentBuild(int back) {
        this.back = back;
    }

    /** The result so far; null while nothing has set it. */
    public String getResult() {
        return back == 0
                ? Simulation.current().result()
                : Simulation.current().previousResults().get(back - 1);
    }

    /** A script can only make the result worse, as in Jenkins. */
    public void setResult(String result) {
        if (back != 0 || !RESULTS.contains(result)) {
            throw new Misuse("currentBuild.result can't be set to " + result);
        }
        Simulation.current().worsen(result);
    }

    /** The build before this one; null if this is the first. */
    public CurrentBuild getPreviousBuild() {
        boolean first = back == Simulation.current().previousResults().size();
        return first ? null : new CurrentBuild(back + 1);
    }

    /** The newest build that has ended; builds do not overlap in the simulation. */
    public CurrentBuild getPreviousCompletedBuild() {
        return getPreviousBuild();
    }

    static boolean isWorse(String result, String than) {
        return than == null || RESULTS.indexOf(result) > RESULTS.indexOf(than);
    }
}
