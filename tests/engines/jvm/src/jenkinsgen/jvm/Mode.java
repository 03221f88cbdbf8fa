package jenkinsgen.jvm;

import com.cloudbees.groovy.cps.CpsTransformer;
import com.cloudbees.groovy.cps.NonCPS;
import com.cloudbees.groovy.cps.SandboxCpsTransformer;
import com.cloudbees.groovy.cps.TransformerConfiguration;
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
