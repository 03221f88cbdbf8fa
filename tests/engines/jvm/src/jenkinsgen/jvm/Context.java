package jenkinsgen.jvm;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the enclosing block steps have set up for a step.
 *
 * @param environment what they add to the build's environment
 * @param pod the containers of the pod; null outside {@code podTemplate}
 * @param node whether there is a workspace
 * @param folder the current folder, absolute; null without a workspace
 * @param depth how many blocks there are
 */
record Context(Map<String, String> environment, List<String> pod, boolean node, String folder,
        int depth) implements Serializable {
    static final Context NONE = new Context(Map.of(), null, false, null, 0);

    Context with(Map<String, String> more) {
        var both = new LinkedHashMap<>(environment);
        both.putAll(more);
        return new Context(both, pod, node, folder, depth);
    }

    Context withPod(List<String> containers) {
        return new Context(environment, containers, node, folder, depth);
    }

    Context in(String other) {
        return new Context(environment, pod, true, other, depth);
    }

    Context deeper() {
        return new Context(environment, pod, node, folder, depth + 1);
    }
}
