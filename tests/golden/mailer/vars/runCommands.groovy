// Rendered by jenkinsgen. Runs commands of a project's own, and publishes the test reports that they make.

def call(Map arguments) {
    Map run = stepSupport.arguments('runCommands', arguments, [label: 'text', commands: 'list'], [junit: []])
    int status = sh(label: run.label, returnStatus: true, script: run.commands.join('\n'))
    def tests = null
    List actions = [{ checkStatus(run.label, status) }]
    if (run.junit) {
        actions.add({ tests = junit(testResults: run.junit.join(','), allowEmptyResults: true) })
    }
    stepSupport.runAll(actions)
    stepSupport.checkTests('runCommands', tests, run.junit)
}

void checkStatus(String label, int status) {
    if (status != 0) {
        error("runCommands: ${label} failed with exit code ${status}")
    }
}
