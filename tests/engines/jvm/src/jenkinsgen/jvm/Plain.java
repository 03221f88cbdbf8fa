package jenkinsgen.jvm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Arguments of steps as JSON has them. */
final class Plain {
    private Plain() {}

    static Object of(Object value) {
        if (value instanceof Map<?, ?> map) {
            var plain = new LinkedHashMap<String, Object>();
            map.forEach((key, item) -> plain.put(key.toString(), of(item)));
            return plain;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Plain::of).toList();
        }
        if (value instanceof Describable describable) {
            var plain = new LinkedHashMap<String, Object>();
            plain.put("symbol", describable.symbol());
            plain.put("arguments", of(describable.arguments()));
            return plain;
        }
        if (value == null || value instanceof Number || value instanceof Boolean) {
            return value;
        }
        return value instanceof Scm ? "scm" : value.toString();
    }
}
