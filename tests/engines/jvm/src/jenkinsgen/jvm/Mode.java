package jenkinsgen.jvm;

import com.cloudbees.groovy.cps.CpsTransformer;
import com.cloudbees.groovy.cps.NonCPS;
import com.cloudbees.groovy.cps.SandboxCpsTransformer;
import com.cloudbees.groovy.cps.TransformerConfiguration;
import com.cloudbees.groovy.cps.sandbox.Invoker;
import com.cloudbees.groovy.cps.sandbox.SandboxInvoker;
import org.codehaus.groovy.control.CompilerConfiguration;
import org.codehaus.groovy.control.customizers.ImportCustomizer;
import org.jenkinsci.plugins.workflow.cps.CpsScript;
import org.jenkinsci.plugins.workflow.cps.Safepoint;

/** A way to compile vars scripts; the settings are those of Jenkins' CpsGroovyShellFactory. */
enum Mode {
    /** Groovy alone, without any transformation. */
    PLAIN,
    /** As in a trusted library. */
    CPS,
    /** As in an untrusted library; needs the class path of that name. */
    SANDBOX;

    /** What carries out the calls of a script. */
    Invoker invoker() {
        return this == SANDBOX ? new SandboxInvoker() : Invoker.INSTANCE;
    }

    CompilerConfiguration configuration() {
        var imports = new ImportCustomizer();
        imports.addStarImports(NonCPS.class.getPackageName(), "hudson.model", "jenkins.model");
        var configuration = new CompilerConfiguration();
        configuration.setScriptBaseClass(CpsScript.class.getName());
        configuration.addCompilationCustomizers(imports);
        if (this != PLAIN) {
            CpsTransformer transformer =
                    this == CPS ? new CpsTransformer() : new SandboxCpsTransformer();
            transformer.setConfiguration(
                    new TransformerConfiguration().withSafepoint(Safepoint.class, "safepoint"));
            configuration.addCompilationCustomizers(transformer);
        }
        return configuration;
    }
}
