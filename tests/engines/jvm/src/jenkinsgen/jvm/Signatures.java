package jenkinsgen.jvm;

import groovy.lang.Closure;
import groovy.lang.GString;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The steps and describables with their real parameters, as {@code steps.toml} has them; its header
 * explains the notation. Stricter than Jenkins on purpose: Jenkins only warns of an unknown
 * parameter, takes any string for a boolean, and puts null where a constructor's parameter is
 * missing.
 */
final class Signatures {
    private static final Pattern GENERIC = Pattern.compile("(list|describable|enum)<(.*)>");

    private final Map<String, Map<String, Object>> steps;
    private final List<Row> describables;

    /** A symbol or a class: {@code key} is its place in the file, {@code name} what scripts write. */
    private record Row(boolean symbol, String key, String name, Map<String, Object> entry) {
        boolean fits(String kind) {
            return kind.equals(entry.get("kind")) || kind.equals(key);
        }
    }

    /** A call whose arguments are named and checked. */
    record Bound(Map<String, Object> arguments, Closure<?> body) {}

    @SuppressWarnings("unchecked")
    Signatures(Map<String, Object> file) {
        steps = (Map<String, Map<String, Object>>) file.get("step");
        describables = new java.util.ArrayList<>();
        for (String section : List.of("symbol", "class")) {
            ((Map<String, Map<String, Object>>) file.get(section)).forEach((key, entry) ->
                    describables.add(new Row(section.equals("symbol"), key,
                            (String) entry.getOrDefault("name", key), entry)));
        }
    }

    boolean isStep(String name) {
        return steps.containsKey(name);
    }

    boolean isSymbol(String name) {
        return describables.stream().anyMatch(row -> row.symbol() && row.name().equals(name));
    }

    /** Names the arguments of a step's call and checks them. {@code node}: there is a workspace. */
    Bound bind(String step, Object[] call, boolean node) {
        Map<String, Object> entry = steps.get(step);
        Object[] given = call;
        Closure<?> body = null;
        if (given.length > 0 && given[given.length - 1] instanceof Closure<?> closure) {
            body = closure;
            given = Arrays.copyOf(given, given.length - 1);
        }
        if ((boolean) entry.get("block") != (body != null)) {
            throw new Misuse(step + (body == null ? " needs a body" : " takes no body"));
        }
        Map<String, Object> named = named(step, entry, given);
        needs(step, entry, node);
        check(step, entry, named, node);
        return new Bound(named, body);
    }

    /** The arguments of a symbol; they are checked where the symbol is used, by its kind there. */
    Describable describable(String symbol, Object[] given) {
        Row row = describables.stream()
                .filter(candidate -> candidate.symbol() && candidate.name().equals(symbol))
                .findFirst().orElseThrow();
        return new Describable(symbol, named(symbol, row.entry(), given));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> named(
            String name, Map<String, Object> entry, Object[] given) {
        if (given.length == 0) {
            return new LinkedHashMap<>();
        }
        if (given.length > 1) {
            throw new Misuse(name + " has more than one unnamed argument");
        }
        if (given[0] instanceof Map<?, ?> map && !map.containsKey("$class")) {
            boolean onlySingle = parameters(entry).size() == 1 && entry.get("single") != null;
            if (!onlySingle || map.containsKey(entry.get("single"))) {
                return new LinkedHashMap<>((Map<String, Object>) map);
            }
        }
        String single = (String) entry.get("single");
        if (single == null) {
            throw new Misuse(name + " takes named arguments only");
        }
        var named = new LinkedHashMap<String, Object>();
        named.put(single, given[0]);
        return named;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> parameters(Map<String, Object> entry) {
        return (Map<String, String>) entry.get("params");
    }

    private static void needs(String name, Map<String, Object> entry, boolean node) {
        if (!node && entry.get("needs") instanceof List<?> needs && needs.contains("node")) {
            throw new Misuse(name + " stands outside a node");
        }
    }

    private void check(
            String name, Map<String, Object> entry, Map<String, Object> given, boolean node) {
        Map<String, String> parameters = parameters(entry);
        for (var argument : given.entrySet()) {
            String type = parameters.getOrDefault(argument.getKey(), parameters.get("*"));
            if (type == null) {
                throw new Misuse(name + " has no parameter '" + argument.getKey() + "'");
            }
            if (type.endsWith(" deprecated")) {
                throw new Misuse(name + ": '" + argument.getKey() + "' is deprecated");
            }
            value(name + ", " + argument.getKey(), bare(type), argument.getValue(), node);
        }
        parameters.forEach((parameter, type) -> {
            if (type.endsWith("!") && !given.containsKey(parameter)) {
                throw new Misuse(name + " lacks its parameter '" + parameter + "'");
            }
        });
    }

    /** The type without its marks: {@code string!('')} is {@code string}. */
    private static String bare(String type) {
        String start = type.contains("(") ? type.substring(0, type.indexOf('(')) : type;
        return start.replace("!", "");
    }

    private void value(String place, String type, Object value, boolean node) {
        if (type.contains("|")) {
            // list<string>|string
            value(place, value instanceof List ? type.split("\\|")[0] : type.split("\\|")[1],
                    value, node);
            return;
        }
        var generic = GENERIC.matcher(type);
        String outer = generic.matches() ? generic.group(1) : type;
        boolean fits = switch (outer) {
            case "any" -> true;
            case "string", "secret" -> value instanceof String || value instanceof GString;
            case "bool" -> value instanceof Boolean;
            case "int", "long" -> value instanceof Integer || value instanceof Long;
            case "double", "float" -> value instanceof Number;
            case "map" -> value instanceof Map;
            case "closure" -> value instanceof Closure;
            case "class" -> value instanceof Class;
            case "enum" -> value instanceof CharSequence
                    && List.of(generic.group(2).split(",")).contains(value.toString());
            case "list" -> value instanceof List;
            case "describable" -> value instanceof Map || value instanceof Describable || value instanceof Scm;
            default -> List.of("AnnotatedReport").contains(outer);
        };
        if (!fits) {
            String found = value == null ? "null" : value.getClass().getSimpleName();
            throw new Misuse(place + ": expected " + type + ", got " + found + " " + value);
        }
        if (outer.equals("list")) {
            for (Object item : (List<?>) value) {
                value(place, generic.group(2), item, node);
            }
        } else if (outer.equals("describable")) {
            describable(place, generic.group(2), value, node);
        }
    }

    @SuppressWarnings("unchecked")
    private void describable(String place, String kind, Object value, boolean node) {
        if (value instanceof Scm) {
            return;
        }
        String wanted;
        boolean symbol = value instanceof Describable;
        Map<String, Object> arguments;
        if (value instanceof Describable described) {
            wanted = described.symbol();
            arguments = described.arguments();
        } else {
            arguments = new LinkedHashMap<>((Map<String, Object>) value);
            Object named = arguments.remove("$class");
            // without a class only a parameter of one class can tell what is meant
            wanted = named == null ? kind : named.toString();
        }
        Row row = describables.stream()
                .filter(candidate -> candidate.symbol() == symbol)
                .filter(candidate -> candidate.name().equals(wanted) && candidate.fits(kind))
                .findFirst()
                .orElseThrow(() -> new Misuse(place + ": '" + wanted + "' is no " + kind));
        needs(wanted, row.entry(), node);
        check(place + ", " + wanted, row.entry(), arguments, node);
    }
}
