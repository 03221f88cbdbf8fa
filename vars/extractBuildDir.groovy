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

    String failure = extract.exitCodeFile ? testFailure("${extract.destination}/${extract.exitCodeFile}") : ''
    def tests = null
    stepSupport.publish(failure) {
        if (extract.junit) {
            tests = junit(testResults: extract.junit.join(','), allowEmptyResults: true)
        }
        if (extract.coverage) {
            recordCoverage(
                id: extract.coverageName,
                name: extract.coverageName,
                tools: [[parser: 'JACOCO', pattern: extract.coverage.join(',')]],
            )
        }
        if (extract.jacoco) {
            jacoco(patterns)
        }
    }
    stepSupport.checkTests('extractBuildDir', tests, extract.junit)
}

/** Why the tests failed, by the exit code that the image build wrote down; empty if they passed. */
String testFailure(String exitCodeFile) {
    if (!fileExists(exitCodeFile)) {
        return "extractBuildDir: the image build left no exit code in ${exitCodeFile}"
    }
    String exitCode = readFile(file: exitCodeFile, encoding: 'UTF-8').trim()
    if (exitCode == '0') {
        return ''
    }
    if (exitCode ==~ /[0-9]{1,3}/) {
        return "extractBuildDir: the build or its tests failed with exit code ${exitCode}"
    }
    return "extractBuildDir: ${exitCodeFile} holds no exit code"
}
