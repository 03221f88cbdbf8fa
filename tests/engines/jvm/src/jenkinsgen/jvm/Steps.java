package jenkinsgen.jvm;

import groovy.json.JsonOutput;
import groovy.json.JsonSlurperClassic;
import hudson.AbortException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/**
 * What the steps do. Files and scripts are real: {@code sh} runs a shell in the workspace. Mail,
 * reports and the cluster are only recorded. A step that is not here is an error: nobody has
 * thought about what it does.
 */
final class Steps {
    /** With a blank, as the name of a job may have one. */
    private static final String WORKSPACE = "work space";
    private static final int SCRIPT_MINUTES = 5;

    private final Simulation simulation;
    private final Library library;
    private final Scenario scenario;
    private final Controller controller;
    private boolean agentIsLost;
    private int scripts;

    Steps(Simulation simulation, Library library, Scenario scenario) {
        this.simulation = simulation;
        this.library = library;
        this.scenario = scenario;
        this.controller = new Controller(scenario.controller(),
                scenario.environment().get("BUILD_NUMBER"));
    }

    /** How scenarios name a call: the step, and what a reader of the log would know it by. */
    static String title(String step, Map<String, Object> arguments) {
        for (String key : List.of("label", "name", "resource", "file", "message", "path")) {
            if (arguments.get(key) instanceof CharSequence text) {
                return step + " " + text;
            }
        }
        return step;
    }

    // Steps without a body.

    Object run(Simulation.Call call, Context context) throws Exception {
        if (call.step().equals("sh")) {
            simulation.note(call, "container", context.environment().get("POD_CONTAINER"));
        }
        strike(call, context);
        Map<String, Object> given = call.arguments();
        switch (call.step()) {
            case "checkout":
                return checkout();
            case "echo":
            case "properties":
            case "recordCoverage":
            case "jacoco":
            case "publishArtifact":
            case "pushArtifact":
                return null;
            case "milestone":
                if (!controller.passMilestone()) {
                    throw simulation.interrupt("Superseded by a newer build", "NOT_BUILT");
                }
                return null;
            case "error":
                throw new AbortException(text(given, "message"));
            case "sh":
                return sh(call, context);
            case "fileExists":
                return Files.exists(file(given, context));
            case "readFile":
                return Files.readString(existing(given, context));
            case "writeFile":
                return write(file(given, context), text(given, "text"));
            case "readJSON":
                return new JsonSlurperClassic()
                        .parseText(Files.readString(existing(given, context)));
            case "writeJSON":
                return write(file(given, context), JsonOutput.toJson(given.get("json")));
            case "readProperties":
                return properties(Files.readString(existing(given, context)));
            case "libraryResource":
                return resource(text(given, "resource"));
            case "junit":
                return junit(call, context);
            case "publishHTML":
                return publishHtml(call, context);
            case "emailext":
                simulation.note(call, "mails", true);
                return null;
            case "emailextrecipients":
                return String.join(" ", addresses((List<?>) given.get("recipientProviders")));
            case "step":
                return mailer(call, context);
            default:
                throw new Misuse("the simulator does not know what " + call.step() + " does");
        }
    }

    /** Throws what the scenario wants to happen at this step. */
    private void strike(Simulation.Call call, Context context) throws Exception {
        String title = title(call.step(), call.arguments());
        for (var fault : scenario.faults()) {
            if (!fault.strikes(title)) {
                continue;
            }
            simulation.note(call, "struck", true);
            switch (fault.then()) {
                case "fail":
                    throw new AbortException(fault.message());
                case "lack":
                    throw new NoSuchMethodError(fault.message());
                case "interrupt":
                    throw simulation.interrupt(fault.message(), "ABORTED");
                case "supersede":
                    throw simulation.interrupt(fault.message(), "NOT_BUILT");
                case "lose-agent":
                    agentIsLost = true;
                    throw simulation.interrupt(fault.message(), "ABORTED");
                default:
                    throw new IllegalArgumentException(fault.then());
            }
        }
        if (agentIsLost && context.node() && !NEED_NO_AGENT.contains(call.step())) {
            // Jenkins: MissingContextVariableException
            throw new IllegalStateException("Required context class hudson.FilePath is missing");
        }
    }

    private static final List<String> NEED_NO_AGENT = List.of(
            "echo", "error", "emailext", "emailextrecipients", "libraryResource", "milestone",
            "properties");

    private Map<String, Object> checkout() throws IOException, InterruptedException {
        String branch = scenario.environment().get("BRANCH_NAME");
        String workspace = folder(WORKSPACE);
        // as the Git plugin does: a detached HEAD, no tags
        git(List.of("clone", "--quiet", "--no-tags", scenario.origin(), workspace));
        git(List.of("-C", workspace, "checkout", "--quiet", "--detach"));
        var result = new LinkedHashMap<String, Object>();
        result.put("GIT_COMMIT", git(List.of("-C", workspace, "rev-parse", "HEAD")));
        result.put("GIT_BRANCH", branch);
        return result;
    }

    private String git(List<String> words) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("/usr/bin/git"));
        command.addAll(words);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(),
                StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new AbortException(command + ": " + output);
        }
        return output;
    }

    /** As the durable-task plugin: {@code sh -xe FILE} in the current folder. */
    private Object sh(Simulation.Call call, Context context) throws Exception {
        Map<String, Object> given = call.arguments();
        if (!given.containsKey("label")) {
            throw new Misuse("sh has no label");
        }
        String script = text(given, "script");
        for (var program : scenario.programs().entrySet()) {
            if (script.startsWith(program.getKey() + " ")) {
                script = program.getValue() + script.substring(program.getKey().length());
            }
        }
        scripts++;
        Path file = Path.of(folder("scripts"), scripts + ".sh");
        Files.createDirectories(file.getParent());
        Files.writeString(file, script);
        Path log = Path.of(folder("scripts"), scripts + ".log");
        var command = new ArrayList<>(scenario.shell());
        command.addAll(List.of("-xe", file.toString()));
        var builder = new ProcessBuilder(command)
                .directory(Path.of(context.folder()).toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().clear();
        builder.environment().putAll(scenario.environment());
        builder.environment().putAll(scenario.shellEnvironment());
        builder.environment().putAll(context.environment());
        builder.environment().put("SIMULATED_CALLS", folder("scripts") + "/" + scripts + ".calls");
        Files.createDirectories(Path.of(context.folder()));
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(SCRIPT_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new Misuse("a script did not end: " + text(given, "label"));
        }
        int status = process.exitValue();
        simulation.note(call, "status", status);
        simulation.note(call, "number", scripts);
        if (Boolean.TRUE.equals(given.get("returnStdout"))) {
            throw new Misuse("the simulator does not know returnStdout");
        }
        if (Boolean.TRUE.equals(given.get("returnStatus"))) {
            return status;
        }
        if (status != 0) {
            throw new AbortException("script returned exit code " + status);
        }
        return null;
    }

    private Map<String, Object> junit(Simulation.Call call, Context context) throws Exception {
        Map<String, Object> given = call.arguments();
        Map<String, Integer> told = scenario.tests();
        var tests = told == null
                ? TestReports.read(Path.of(context.folder()), text(given, "testResults"))
                : new TestReports(told.get("total"), told.get("failed"), 0);
        simulation.note(call, "tests", Map.of("total", tests.total(),
                "failed", tests.failed(), "skipped", tests.skipped()));
        if (tests.total() == 0 && !Boolean.TRUE.equals(given.get("allowEmptyResults"))) {
            throw new AbortException("No test report files were found. Configuration error?");
        }
        if (tests.failed() > 0) {
            simulation.worsen("UNSTABLE");
        }
        var summary = new HashMap<String, Object>();
        summary.put("totalCount", tests.total());
        summary.put("failCount", tests.failed());
        summary.put("skipCount", tests.skipped());
        summary.put("passCount", tests.total() - tests.failed() - tests.skipped());
        return summary;
    }

    @SuppressWarnings("unchecked")
    private Object publishHtml(Simulation.Call call, Context context) throws IOException {
        Object target = call.arguments().get("target");
        var given = target instanceof Map<?, ?> map ? (Map<String, Object>) map : call.arguments();
        Path folder = Path.of(context.folder()).resolve(text(given, "reportDir"));
        if (text(given, "reportDir").isBlank()) {
            throw new Misuse("publishHTML would archive the whole workspace");
        }
        var published = new ArrayList<String>();
        for (String name : text(given, "includes").split(",")) {
            if (Files.isRegularFile(folder.resolve(name))) {
                published.add(name);
            }
        }
        simulation.note(call, "published", published);
        for (String name : text(given, "reportFiles").split(",")) {
            if (!published.contains(name) && !Boolean.TRUE.equals(given.get("allowMissing"))) {
                simulation.worsen("FAILURE");
            }
        }
        return null;
    }

    /** {@code step([$class: 'Mailer'])}: it decides by the result that the build has so far. */
    private Object mailer(Simulation.Call call, Context context) {
        var delegate = (Map<?, ?>) call.arguments().get("delegate");
        if (!"Mailer".equals(String.valueOf(delegate.get("$class")))) {
            throw new Misuse("the simulator does not know step(" + delegate + ")");
        }
        if (!context.node()) {
            throw new Misuse("Mailer stands outside a node");
        }
        String recipients = String.valueOf(delegate.get("recipients"));
        String previous = scenario.previous().isEmpty() ? "SUCCESS" : scenario.previous().get(0);
        boolean mails = simulation.result() != null && !recipients.isBlank()
                && (!simulation.result().equals("SUCCESS") || !previous.equals("SUCCESS"));
        simulation.note(call, "mails", mails);
        return null;
    }

    private static List<String> addresses(List<?> providers) {
        return providers.stream()
                .map(provider -> provider instanceof Map<?, ?> map
                        ? String.valueOf(map.get("$class"))
                        : ((Describable) provider).symbol())
                .map(name -> name.replace("RecipientProvider", "").toLowerCase() + "@simulated")
                .toList();
    }

    private String resource(String path) throws IOException {
        String text = library.resource(path);
        if (text == null) {
            throw new Misuse("the library has no resource " + path);
        }
        return text;
    }

    private static Map<String, Object> properties(String text) throws IOException {
        var properties = new Properties();
        properties.load(new StringReader(text));
        var map = new LinkedHashMap<String, Object>();
        properties.forEach((key, value) -> map.put(key.toString(), value));
        return map;
    }

    // Steps with a body.

    Context enter(Simulation.Call call, Context context) throws Exception {
        strike(call, context);
        Map<String, Object> given = call.arguments();
        switch (call.step()) {
            case "stage":
                return context.with(Map.of("STAGE_NAME", text(given, "name")));
            case "timeout":
                return context;
            case "lock":
                controller.lock(text(given, "resource"));
                return context;
            case "podTemplate":
                return context.withPod(Yaml.containers(text(given, "yaml")))
                        .with(Map.of("POD_LABEL", "simulated-pod"));
            case "node":
                return node(given, context);
            case "container":
                return container(text(given, "name"), context);
            case "dir":
                return context.in(Path.of(context.folder())
                        .resolve(text(given, "path")).normalize().toString());
            case "withEnv":
                return context.with(overrides((List<?>) given.get("overrides")));
            case "withCredentials":
                return context.with(bindings((List<?>) given.get("bindings")));
            case "withSonarQubeEnv":
                return context.with(Map.of("SONAR_HOST_URL", "http://sonar.invalid",
                        "SONAR_AUTH_TOKEN", "simulated-sonar-token"));
            default:
                throw new Misuse("the simulator does not know what " + call.step() + " does");
        }
    }

    /** A body has ended, in whatever way. */
    void leave(Simulation.Call call) throws IOException {
        if (call.step().equals("lock")) {
            controller.unlock();
        }
    }

    private Context node(Map<String, Object> given, Context context) throws IOException {
        if (context.pod() != null && !"simulated-pod".equals(given.get("label"))) {
            throw new Misuse("the node is not the one of the pod");
        }
        Files.createDirectories(Path.of(folder(WORKSPACE)));
        return context.in(folder(WORKSPACE)).with(Map.of(
                "WORKSPACE", folder(WORKSPACE), "WORKSPACE_TMP", folder(WORKSPACE + "@tmp")));
    }

    private static Context container(String name, Context context) {
        if (context.pod() == null) {
            throw new Misuse("container stands outside a pod");
        }
        if (!context.pod().contains(name)) {
            throw new Misuse("the pod has no container '" + name + "'");
        }
        return context.with(Map.of("POD_CONTAINER", name));
    }

    private static Map<String, String> overrides(List<?> list) {
        var variables = new LinkedHashMap<String, String>();
        for (Object item : list) {
            String[] parts = item.toString().split("=", 2);
            if (parts.length != 2) {
                throw new Misuse("withEnv: '" + item + "' has no '='");
            }
            variables.put(parts[0], parts[1]);
        }
        return variables;
    }

    private Map<String, String> bindings(List<?> list) throws IOException {
        var variables = new LinkedHashMap<String, String>();
        for (Object item : list) {
            var binding = (Describable) item;
            Map<String, Object> given = binding.arguments();
            String secret = "secret-of-" + text(given, "credentialsId");
            switch (binding.symbol()) {
                case "string":
                    variables.put(text(given, "variable"), secret);
                    break;
                case "file":
                    variables.put(text(given, "variable"), secretFile(secret));
                    break;
                case "sshUserPrivateKey":
                    variables.put(text(given, "keyFileVariable"), secretFile(secret));
                    break;
                case "usernamePassword":
                    variables.put(text(given, "usernameVariable"), "simulated");
                    variables.put(text(given, "passwordVariable"), secret);
                    break;
                case "gitUsernamePassword":
                    variables.put("GIT_USERNAME", "simulated");
                    variables.put("GIT_PASSWORD", secret);
                    variables.put("GIT_ASKPASS", "/bin/false");
                    break;
                default:
                    throw new Misuse("the simulator does not know " + binding.symbol());
            }
        }
        return variables;
    }

    private String secretFile(String secret) throws IOException {
        Path file = Path.of(folder("secrets"), secret.replaceAll("[^A-Za-z0-9_.-]", "_"));
        write(file, secret);
        return file.toString();
    }

    private String folder(String name) {
        return Path.of(scenario.folder(), name).toString();
    }

    private static Object write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return null;
    }

    private static Path file(Map<String, Object> given, Context context) {
        return Path.of(context.folder()).resolve(text(given, "file"));
    }

    private static Path existing(Map<String, Object> given, Context context) throws IOException {
        Path file = file(given, context);
        if (!Files.exists(file)) {
            throw new AbortException(text(given, "file") + " does not exist");
        }
        return file;
    }

    private static String text(Map<String, Object> given, String key) {
        Object value = given.get(key);
        return value == null ? "" : value.toString();
    }
}
