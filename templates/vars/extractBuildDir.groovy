// Rendered by jenkinsgen. Compiles and tests inside an image build, and takes the results out.

def call(Map arguments) {
    Map extract = stepSupport.arguments('extractBuildDir', arguments,
        [inputs: 'map', directory: 'text', destination: 'text'],
        [target: '', exitCodeFile: '', junit: [], coverage: [], coverageName: '', jacoco: [:]])
    Map patterns = stepSupport.arguments('extractBuildDir, jacoco', extract.jacoco, [:],
        [execPattern: '**/**.exec', classPattern: '**/classes', sourcePattern: '**/src/main/java', exclusionPattern: ''])
    String export = "${env.WORKSPACE_TMP}/extracted"

    sh(label: 'Empty the folder for the export', script: stepSupport.script([['rm', '-rf', export], ['mkdir', '-p', export]]))
    buildkitSolve(
        label: 'Build up to the results',
        inputs: extract.inputs,
        target: extract.target,
        output: ['type=local', "dest=${export}"],
    )
    withEnv(["EXPORT=${export}", "DIRECTORY=${extract.directory}", "DESTINATION=${extract.destination}"]) {
        // A symbolic link in the image must not lead to files of this container.
        sh(label: "Copy ${extract.directory} into the workspace", script: [
            'root=$(realpath "$EXPORT")',
            'results=$(realpath "$EXPORT$DIRECTORY")',
            'case "$results/" in',
            '    "$root"/*) ;;',
            '    *) echo "$DIRECTORY leads out of the image" >&2; exit 1 ;;',
            'esac',
            'mkdir -p "$DESTINATION"',
            'cp -RP "$results/." "$DESTINATION"',
        ].join('\n'))
    }

    def tests = null
    // The verdict of the tests comes first: it is what is reported if a publisher fails as well.
    List actions = []
    if (extract.exitCodeFile) {
        actions.add({ checkExitCode("${extract.destination}/${extract.exitCodeFile}") })
    }
    if (extract.junit) {
        actions.add({ tests = junit(testResults: extract.junit.join(','), allowEmptyResults: true) })
    }
    if (extract.coverage) {
        actions.add({
            recordCoverage(
                id: extract.coverageName,
                name: extract.coverageName,
                tools: [[parser: 'JACOCO', pattern: extract.coverage.join(',')]],
            )
        })
    }
    if (extract.jacoco) {
        actions.add({ jacoco(patterns) })
    }
    stepSupport.runAll(actions)
    stepSupport.checkTests('extractBuildDir', tests, extract.junit)
}

/** Fails unless the tests passed, by the exit code that the image build wrote down. */
void checkExitCode(String file) {
    if (!fileExists(file)) {
        error("extractBuildDir: the image build left no exit code in ${file}")
    }
    String exitCode = readFile(file: file, encoding: 'UTF-8').trim()
    if (!(exitCode ==~ /[0-9]{1,3}/)) {
        error("extractBuildDir: ${file} holds no exit code")
    }
    if (exitCode != '0') {
        error("extractBuildDir: the build or its tests failed with exit code ${exitCode}")
    }
}
