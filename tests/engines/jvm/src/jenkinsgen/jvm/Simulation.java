package jenkinsgen.jvm;

import com.cloudbees.groovy.cps.Block;
import com.cloudbees.groovy.cps.Builder;
import com.cloudbees.groovy.cps.Continuable;
import com.cloudbees.groovy.cps.Envs;
import com.cloudbees.groovy.cps.MethodLocation;
import com.cloudbees.groovy.cps.Outcome;
import groovy.lang.Closure;
import hudson.AbortException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.codehaus.groovy.runtime.InvokerHelper;
import org.jenkinsci.plugins.workflow.cps.CpsScript;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/**
 * One build: runs a var on the real CPS engine and records every step.
 *
 * <p>As in Jenkins a step suspends the program; its body, if it has one, is a program of its own
 * with its own context; and what can be saved is the stack of all programs that are suspended.
 */
final class Simulation implements CpsScript.Host {
    private static Simulation current;

    private final Library library;
    private final Scenario scenario;
    private final Steps steps;
    private final ClassLoader loader;
    private final List<Map<String, Object>> events = new ArrayList<>();
    private final List<String> misuses = new ArrayList<>();
    private ArrayList<Frame> stack = new ArrayList<>();
    private String result;
    private String interruption;
    private int restarts;

    /** A program that is suspended, with the block step whose body it is; null for the outermost. */
    private record Frame(Continuable program, Call call, Context context) implements Serializable {}

    /** A step that has suspended its program. */
    record Call(String step, Map<String, Object> arguments, Closure<?> body, int event)
            implements Serializable {}

    Simulation(Library library, Scenario scenario) {
        this.library = library;
        this.scenario = scenario;
        this.steps = new Steps(this, library, scenario);
        this.loader = library.loader();
    }

    static Simulation current() {
        return current;
    }

    /** Runs {@code step()} to its end and gives what happened, ready for JSON. */
    Map<String, Object> run(String step) throws IOException, ReflectiveOperationException {
        current = this;
        CpsScript.host = this;
        Throwable failure = drive(library.var(step));
        var report = new LinkedHashMap<String, Object>();
        if (failure != null) {
            worsen(failure instanceof FlowInterruptedException ? interruption : "FAILURE");
        }
        report.put("result", result == null ? "SUCCESS" : result);
        report.put("error", failure == null ? null : describe(failure));
        report.put("misuses", misuses);
        report.put("restarts", restarts);
        report.put("events", events);
        return report;
    }

    /** The report of a build whose library does not compile. */
    static Map<String, Object> notLoaded(String error) {
        var report = new LinkedHashMap<String, Object>();
        report.put("result", "NOT_LOADED");
        report.put("error", error);
        report.put("misuses", List.of());
        report.put("restarts", 0);
        report.put("events", List.of());
        return report;
    }

    private Throwable drive(CpsScript script) throws IOException, ReflectiveOperationException {
        push(program(script), null, Context.NONE);
        Outcome input = new Outcome(null, null);
        while (true) {
            Frame top = stack.get(stack.size() - 1);
            Outcome output = top.program.run0(input, library.categories());
            top = stack.get(stack.size() - 1);
            if (top.program.isResumable()) {
                Call call = (Call) output.getNormal();
                if (scenario.restarts()) {
                    call = restart(call);
                }
                input = begin(call);
            } else {
                stack.remove(stack.size() - 1);
                if (stack.isEmpty()) {
                    return output.getAbnormal();
                }
                input = end(top.call, output);
            }
        }
    }

    /** Starts a step: gives its outcome, or pushes its body and gives what the body starts with. */
    private Outcome begin(Call call) {
        Context context = context();
        try {
            if (call.body == null) {
                Object value = steps.run(call, context);
                return returned(call, value);
            }
            Context inner = steps.enter(call, context).deeper();
            push(program(call.body), call, inner);
            return new Outcome(null, null);
        } catch (Throwable thrown) {
            return thrown(call, thrown);
        }
    }

    private Outcome end(Call call, Outcome body) throws IOException {
        steps.leave(call);
        Throwable thrown = body.getAbnormal();
        if (thrown == null) {
            events.get(call.event).put("outcome", "ended");
            return body;
        }
        return thrown(call, thrown);
    }

    private Outcome returned(Call call, Object value) {
        Map<String, Object> event = events.get(call.event);
        event.put("outcome", "returned");
        if (value instanceof CharSequence || value instanceof Number || value instanceof Boolean) {
            event.put("value", value.toString());
        }
        return new Outcome(value, null);
    }

    private Outcome thrown(Call call, Throwable thrown) {
        if (thrown instanceof Misuse misuse) {
            misuses.add(misuse.getMessage());
        }
        Map<String, Object> event = events.get(call.event);
        event.put("outcome", thrown instanceof FlowInterruptedException ? "interrupted" : "failed");
        event.put("error", describe(thrown));
        return new Outcome(null, thrown);
    }

    private static String describe(Throwable thrown) {
        return thrown instanceof AbortException
                ? thrown.getMessage()
                : thrown.getClass().getSimpleName() + ": " + thrown.getMessage();
    }

    private void push(Continuable program, Call call, Context context) {
        stack.add(new Frame(program, call, context));
    }

    /** The call of a script's or closure's method {@code call} as a program of its own. */
    private Continuable program(Object callee) {
        var builder = new Builder(MethodLocation.UNKNOWN);
        Block call = builder.functionCall(0, builder.constant(callee), "call");
        return new Continuable(call, Envs.empty(library.mode().invoker()));
    }

    /** The controller goes down and comes up again: everything that is not saved is lost. */
    private Call restart(Call call) throws IOException, ReflectiveOperationException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(new Object[] {stack, call});
        }
        try (var in = new Input(bytes.toByteArray())) {
            var saved = (Object[]) in.readObject();
            @SuppressWarnings("unchecked")
            var read = (ArrayList<Frame>) saved[0];
            stack = read;
            restarts++;
            return (Call) saved[1];
        }
    }

    /** Finds the classes of the vars, too. */
    private final class Input extends ObjectInputStream {
        Input(byte[] bytes) throws IOException {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass type)
                throws IOException, ClassNotFoundException {
            try {
                return Class.forName(type.getName(), false, loader);
            } catch (ClassNotFoundException unknown) {
                return super.resolveClass(type);
            }
        }
    }

    // What scripts ask for.

    @Override
    public Object invoke(String name, Object[] arguments) {
        CpsScript var = var(name);
        if (var != null) {
            return InvokerHelper.invokeMethod(var, "call", arguments);
        }
        Signatures signatures = library.signatures();
        Call call;
        try {
            if (!signatures.isStep(name)) {
                if (signatures.isSymbol(name)) {
                    return signatures.describable(name, arguments);
                }
                throw new Misuse("there is no step, symbol or var '" + name + "'");
            }
            var bound = signatures.bind(name, arguments, context().node());
            call = new Call(name, bound.arguments(), bound.body(), events.size());
        } catch (Misuse misuse) {
            misuses.add(misuse.getMessage());
            throw misuse;
        }
        record(call);
        return suspend(call);
    }

    @SuppressWarnings("deprecation") // the engine of the sandbox has no other
    private static Object suspend(Call call) {
        return Continuable.suspend(call);
    }

    private void record(Call call) {
        var event = new LinkedHashMap<String, Object>();
        event.put("depth", context().depth());
        event.put("step", call.step);
        event.put("arguments", Plain.of(call.arguments));
        event.put("block", call.body != null);
        events.add(event);
    }

    @Override
    public Object property(String name) {
        switch (name) {
            case "env":
                return new Env();
            case "currentBuild":
                return new CurrentBuild(0);
            case "scm":
                return new Scm();
            default:
                Object value = var(name);
                if (value == null) {
                    value = variable(name);
                }
                if (value == null) {
                    misuses.add("there is no property '" + name + "'");
                    throw new groovy.lang.MissingPropertyException(name, CpsScript.class);
                }
                return value;
        }
    }

    @Override
    public CpsScript var(String name) {
        return library.var(name);
    }

    // What the stand-ins ask for.

    Context context() {
        return stack.get(stack.size() - 1).context;
    }

    String variable(String name) {
        String value = context().environment().get(name);
        return value != null ? value : scenario.environment().get(name);
    }

    String result() {
        return result;
    }

    List<String> previousResults() {
        return scenario.previous();
    }

    void worsen(String other) {
        if (CurrentBuild.isWorse(other, result)) {
            result = other;
        }
    }

    /** What the build's result will be if nobody stops the exception. */
    FlowInterruptedException interrupt(String reason, String resultThen) {
        interruption = resultThen;
        return new FlowInterruptedException(reason);
    }

    void note(Call call, String key, Object value) {
        events.get(call.event).put(key, value);
    }
}
