// Rendered by jenkinsgen. What the steps of this library share: checking their arguments, and quoting for the shell.

/**
 * The arguments of a step, checked and completed.
 * required: name -> kind ('text', 'flag', 'list' or 'map'); optional: name -> default value, which also sets the kind.
 */
Map arguments(String step, Map given, Map required, Map optional) {
    if (given == null) {
        error("${step}: the arguments are missing")
    }
    List known = []
    known.addAll(required.keySet())
    known.addAll(optional.keySet())
    for (name in given.keySet()) {
        if (!known.contains(name)) {
            error("${step}: unknown argument '${name}', the known ones are ${known.join(', ')}")
        }
    }
    Map complete = [:]
    for (name in known) {
        String kind = required.containsKey(name) ? required.get(name) : kindOf(optional.get(name))
        def value = given.containsKey(name) ? given.get(name) : optional.get(name)
        if (value == null || (required.containsKey(name) && (value == '' || value == []))) {
            error("${step}: the argument '${name}' is missing")
        }
        if (kindOf(value) != kind) {
            error("${step}: the argument '${name}' must be a ${kind}, not a ${kindOf(value)}")
        }
        if (kind == 'map' && value.containsValue(null)) {
            error("${step}: an entry of the argument '${name}' has no value: ${value}")
        }
        complete.put(name, kind == 'text' ? value.toString() : value)
    }
    return complete
}

/** Fails unless an argument is one of a few words. */
void oneOf(String step, String name, String value, List words) {
    if (!words.contains(value)) {
        error("${step}: the argument '${name}' must be one of ${words.join(', ')}, not '${value}'")
    }
}

/** An image that buildImage has returned, for the step that takes it. */
Map image(String step, Map image) {
    return arguments("${step}, image", image, [name: 'text', folder: 'text', digest: 'text'], [:])
}

/** Fails unless all recipients are known words or mail addresses. */
void checkRecipients(String step, List recipients) {
    for (recipient in recipients) {
        if (!(recipient in ['culprits', 'developers', 'requester']) && !recipient.contains('@')) {
            error("${step}: '${recipient}' is neither 'culprits', 'developers', 'requester' nor a mail address")
        }
    }
}

String kindOf(value) {
    if (value instanceof CharSequence) {
        return 'text'
    }
    if (value instanceof Boolean) {
        return 'flag'
    }
    if (value instanceof List) {
        return 'list'
    }
    if (value instanceof Map) {
        return 'map'
    }
    return 'value of another kind'
}

/** A version that is fit for Git tags and image tags: MAJOR.MINOR.PATCH with an optional pre-release. */
String version(String step, String version) {
    if (version.length() > 50 || !(version ==~ /[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z]+([.-][0-9]+)*)?/)) {
        error("${step}: the version must be like 1.2.3 or 1.2.3-rc.1")
    }
    return version
}

/** A shell script that runs each list of words as one command, and stops at the first that fails. */
String script(List commands) {
    List lines = []
    for (command in commands) {
        List words = []
        for (word in command) {
            words.add(quote(word))
        }
        lines.add(words.join(' '))
    }
    return lines.join('\n')
}

/**
 * One word for a POSIX shell. A map [text: ..., variable: NAME] is text followed by the value of an environment variable, which the shell reads:
 * so the value is in neither the script nor the log.
 */
String quote(word) {
    if (word instanceof Map) {
        return quote(word.text) + '"$' + word.variable + '"'
    }
    String text = word.toString()
    if (text ==~ /[A-Za-z0-9_@%+=:,.\/-]+/) {
        return text
    }
    return "'" + text.replace("'", "'\\''") + "'"
}

/** One record of comma-separated fields, as BuildKit reads its outputs and caches. */
String record(List fields) {
    List quoted = []
    for (field in fields) {
        String text = field.toString()
        quoted.add(text.contains(',') || text.contains('"') ? '"' + text.replace('"', '""') + '"' : text)
    }
    return quoted.join(',')
}

/**
 * Runs all actions, which are closures, even if some of them fail, then fails with the first failure: what failed is told, and every report is published.
 * Only an abort, by a person or by time, ends it at once.
 */
void runAll(List actions) {
    Throwable first = null
    for (Closure action in actions) {
        try {
            action()
        } catch (org.jenkinsci.plugins.workflow.steps.FlowInterruptedException abort) {
            throw abort
        } catch (Throwable problem) {
            // Also an Error: a step whose plugin is missing throws NoSuchMethodError.
            if (first == null) {
                first = problem
            } else {
                echo("This failed too: ${problem.message}")
            }
        }
    }
    if (first != null) {
        throw first
    }
}

/** Fails if the published reports have no test or a failed one; null stands for reports that nobody asked for. */
void checkTests(String step, tests, List patterns) {
    if (tests != null && tests.totalCount == 0) {
        error("${step}: no test report matches ${patterns.join(', ')}")
    }
    if (tests != null && tests.failCount > 0) {
        error("${step}: ${tests.failCount} of ${tests.totalCount} tests failed")
    }
}
