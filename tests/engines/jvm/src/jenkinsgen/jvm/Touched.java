package jenkinsgen.jvm;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.codehaus.groovy.runtime.GStringImpl;
import org.jenkinsci.plugins.workflow.cps.CpsScript;
import org.kohsuke.groovy.sandbox.GroovyInterceptor;

/**
 * Notes every method, constructor and property that sandboxed code touches: what Jenkins' sandbox
 * compares with its lists.
 */
final class Touched extends GroovyInterceptor {
    private final Set<String> seen = new TreeSet<>();

    Set<String> seen() {
        return seen;
    }

    @Override
    public Object onMethodCall(Invoker invoker, Object receiver, String method, Object... arguments)
            throws Throwable {
        // a script's own methods and the steps go by other rules
        if (!(receiver instanceof CpsScript) && !method.equals("call")) {
            seen.add("method " + type(receiver) + " " + method + " " + arguments.length);
        }
        return super.onMethodCall(invoker, receiver, method, arguments);
    }

    @Override
    public Object onStaticCall(
            Invoker invoker, Class receiver, String method, Object... arguments) throws Throwable {
        seen.add("static " + receiver.getName() + " " + method + " " + arguments.length);
        return super.onStaticCall(invoker, receiver, method, arguments);
    }

    @Override
    public Object onNewInstance(Invoker invoker, Class receiver, Object... arguments)
            throws Throwable {
        seen.add("new " + receiver.getName() + " " + arguments.length);
        return super.onNewInstance(invoker, receiver, arguments);
    }

    @Override
    public Object onGetProperty(Invoker invoker, Object receiver, String property)
            throws Throwable {
        note("get", receiver, property);
        return super.onGetProperty(invoker, receiver, property);
    }

    @Override
    public Object onSetProperty(Invoker invoker, Object receiver, String property, Object value)
            throws Throwable {
        note("set", receiver, property);
        return super.onSetProperty(invoker, receiver, property, value);
    }

    @Override
    public Object onGetAttribute(Invoker invoker, Object receiver, String attribute)
            throws Throwable {
        seen.add("attribute " + type(receiver) + " " + attribute);
        return super.onGetAttribute(invoker, receiver, attribute);
    }

    @Override
    public Object onGetArray(Invoker invoker, Object receiver, Object index) throws Throwable {
        seen.add("[] " + type(receiver));
        return super.onGetArray(invoker, receiver, index);
    }

    @Override
    public Object onSetArray(Invoker invoker, Object receiver, Object index, Object value)
            throws Throwable {
        seen.add("[]= " + type(receiver));
        return super.onSetArray(invoker, receiver, index, value);
    }

    private void note(String verb, Object receiver, String property) {
        // the keys of a map are data
        if (receiver instanceof Map) {
            seen.add(verb + " java.util.Map *");
        } else if (receiver instanceof CpsScript) {
            seen.add(verb + " script " + (CpsScript.host.var(property) == null ? property : "*"));
        } else {
            seen.add(verb + " " + type(receiver) + " " + property);
        }
    }

    /** The type that Jenkins' lists name: an interface of the collections rather than a class. */
    private static String type(Object receiver) {
        if (receiver instanceof List) {
            return "java.util.List";
        }
        if (receiver instanceof Set) {
            return "java.util.Set";
        }
        if (receiver instanceof Map) {
            return "java.util.Map";
        }
        if (receiver instanceof GStringImpl) {
            return "groovy.lang.GString";
        }
        if (receiver instanceof Env) {
            return "env";
        }
        if (receiver instanceof CurrentBuild) {
            return "currentBuild";
        }
        return receiver == null ? "null" : receiver.getClass().getName();
    }
}
