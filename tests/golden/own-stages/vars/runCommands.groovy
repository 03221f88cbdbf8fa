// Rendered by jenkinsgen. Runs commands of a project's own, and publishes the test reports that they make.

def call(Map arguments) {
    Map run = stepSupport.arguments('runCommands', arguments, [label: 'text', commands: 'list'], [junit: []])
    int status = sh(label: run.label, returnStatus: true, script: run.commands.join('\n'))
    String failure = status == 0 ? '' : "runCommands: ${run.label} failed with exit code ${status}"
    def tests = null
    stepSupport.publish(failure) {
        if (run.junit) {
            tests = junit(testResults: run.junit.join(','), allowEmptyResults: true)
        }
    }
    stepSupport.checkTests('runCommands', tests, run.junit)
}
