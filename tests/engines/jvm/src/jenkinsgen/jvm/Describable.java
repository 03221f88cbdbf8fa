package jenkinsgen.jvm;

import java.io.Serializable;
import java.util.Map;

/**
 * What a symbol such as {@code logRotator(…)} gives: a name and arguments, made into an object only
 * where it is used.
 */
record Describable(String symbol, Map<String, Object> arguments) implements Serializable {}
