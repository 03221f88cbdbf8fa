package jenkinsgen.jvm;

import groovy.json.JsonOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Reads pod YAML as the Kubernetes plugin does: with SnakeYAML (YAML 1.1) in older versions, with
 * SnakeYAML Engine (YAML 1.2) in newer ones. {@code on}, {@code 0777} or {@code 1:30} mean one
 * thing to the first and another to the second: text on which they disagree is refused.
 */
final class Yaml {
    private Yaml() {}

    /** Gives one line of JSON with sorted keys. */
    static String toJson(String text) {
        var options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        Object old = new org.yaml.snakeyaml.Yaml(new SafeConstructor(options)).load(text);
        Object current = new Load(LoadSettings.builder().build()).loadFromString(text);
        String json = JsonOutput.toJson(sorted(current));
        String oldJson = JsonOutput.toJson(sorted(old));
        if (!json.equals(oldJson)) {
            throw new IllegalArgumentException("YAML 1.1 reads " + oldJson + ", 1.2 reads " + json);
        }
        return json;
    }

    /** The names of a pod's containers; the agent's own is always there. */
    static List<String> containers(String pod) {
        var manifest = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(pod);
        var spec = (Map<?, ?>) manifest.get("spec");
        var names = new ArrayList<>(List.of("jnlp"));
        for (Object container : (List<?>) spec.get("containers")) {
            names.add((String) ((Map<?, ?>) container).get("name"));
        }
        return names;
    }

    private static Object sorted(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(Yaml::sorted).toList();
        }
        if (value instanceof Map<?, ?> map) {
            var entries = new TreeMap<String, Object>();
            map.forEach((key, child) -> entries.put((String) key, sorted(child)));
            return entries;
        }
        return value;
    }
}
