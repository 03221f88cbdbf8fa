package jenkinsgen.jvm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a build meets, read from JSON.
 *
 * <dl>
 *   <dt>{@code folder}
 *   <dd>An empty folder for the workspace and everything beside it.
 *   <dt>{@code origin}
 *   <dd>The Git repository that {@code checkout} clones.
 *   <dt>{@code controller}
 *   <dd>A folder for what the builds of one job share: locks and milestones; null if it is alone.
 *   <dt>{@code environment}
 *   <dd>Variables of the build, such as BRANCH_NAME.
 *   <dt>{@code previous}
 *   <dd>Results of the builds before, the newest first.
 *   <dt>{@code shell}
 *   <dd>The command that {@code sh} runs a script with, as a list.
 *   <dt>{@code shellEnvironment}
 *   <dd>Variables of the machine that the shell runs on, such as PATH.
 *   <dt>{@code programs}
 *   <dd>Absolute paths of programs in their container, with the path that stands in for them here.
 *   <dt>{@code tests}
 *   <dd>What {@code junit} finds: {@code total} and {@code failed}; null: it reads the files.
 *   <dt>{@code faults}
 *   <dd>What goes wrong: {@code step}, a regular expression for {@link Steps#title}; {@code nth},
 *       which of the matching calls, from 1, or 0 for all; {@code then}, one of {@code fail},
 *       {@code interrupt}, {@code supersede}, {@code lose-agent}, {@code lack} (of the step's
 *       plugin); {@code message}.
 *   <dt>{@code restarts}
 *   <dd>Whether the controller restarts at every step.
 * </dl>
 */
record Scenario(String folder, String origin, String controller,
        Map<String, String> environment, List<String> previous,
        List<String> shell, Map<String, String> shellEnvironment, Map<String, String> programs,
        Map<String, Integer> tests, List<Fault> faults, boolean restarts) {

    /** One thing that goes wrong. */
    record Fault(Pattern step, int nth, String then, String message, Map<String, Integer> seen) {
        /** Whether it strikes at this step; to be asked once for each step. */
        boolean strikes(String title) {
            if (!step.matcher(title).matches()) {
                return false;
            }
            int number = seen.merge("calls", 1, Integer::sum);
            return nth == 0 || nth == number;
        }
    }

    @SuppressWarnings("unchecked")
    static Scenario of(Map<String, Object> json) {
        var faults = ((List<Map<String, Object>>) json.get("faults")).stream()
                .map(fault -> new Fault(Pattern.compile((String) fault.get("step"), Pattern.DOTALL),
                        (int) fault.get("nth"), (String) fault.get("then"),
                        (String) fault.get("message"), new HashMap<>()))
                .toList();
        return new Scenario((String) json.get("folder"), (String) json.get("origin"),
                (String) json.get("controller"),
                (Map<String, String>) json.get("environment"), (List<String>) json.get("previous"),
                (List<String>) json.get("shell"),
                (Map<String, String>) json.get("shellEnvironment"),
                (Map<String, String>) json.get("programs"),
                (Map<String, Integer>) json.get("tests"), faults, (boolean) json.get("restarts"));
    }
}
