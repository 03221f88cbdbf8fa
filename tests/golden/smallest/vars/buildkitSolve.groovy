// Rendered by jenkinsgen. One solve of a Dockerfile by BuildKit.

def call(Map arguments) {
    Map solve = stepSupport.arguments('buildkitSolve', arguments,
        [label: 'text', inputs: 'map', output: 'list'],
        [target: '', metadataFile: '', exportCache: false])
    Map inputs = stepSupport.arguments('buildkitSolve, inputs', solve.inputs, [:],
        [context: '.', dockerfile: 'Dockerfile', buildArgs: [:], secrets: [:], network: 'sandbox', cache: [:]])
    stepSupport.oneOf('buildkitSolve, inputs', 'network', inputs.network, ['sandbox', 'host', 'none'])
    int slash = inputs.dockerfile.lastIndexOf('/')

    // The daemon starts together with the pod: wait until it answers.
    List argv = ['buildctl', '--wait', '--timeout', '60', 'build', '--progress', 'plain', '--frontend', 'dockerfile.v0',
        '--local', "context=${inputs.context}",
        '--local', "dockerfile=${slash < 0 ? '.' : inputs.dockerfile.substring(0, slash)}",
        '--opt', "filename=${inputs.dockerfile.substring(slash + 1)}"]
    if (solve.target) {
        argv.addAll(['--opt', "target=${solve.target}"])
    }
    for (name in inputs.buildArgs.keySet()) {
        argv.addAll(['--opt', "build-arg:${name}=${inputs.buildArgs.get(name)}"])
    }
    if (inputs.network == 'host') {
        argv.addAll(['--allow', 'network.host'])
    }
    if (inputs.network != 'sandbox') {
        argv.addAll(['--opt', "force-network-mode=${inputs.network}"])
    }
    List bindings = []
    for (id in inputs.secrets.keySet()) {
        Map secret = stepSupport.arguments("buildkitSolve, secret ${id}", inputs.secrets.get(id), [:],
            [file: '', credentialsFile: '', credentialsText: ''])
        if ([secret.file, secret.credentialsFile, secret.credentialsText].count('') != 2) {
            error("buildkitSolve, secret ${id}: give exactly one of file, credentialsFile and credentialsText")
        }
        String variable = "BUILDKIT_SECRET_${bindings.size()}"
        if (secret.credentialsText) {
            bindings.add(string(credentialsId: secret.credentialsText, variable: variable))
            argv.addAll(['--secret', "id=${id},env=${variable}"])
        } else if (secret.credentialsFile) {
            bindings.add(file(credentialsId: secret.credentialsFile, variable: variable))
            argv.addAll(['--secret', [text: "id=${id},src=", variable: variable]])
        } else {
            argv.addAll(['--secret', stepSupport.record(["id=${id}", "src=${secret.file}"])])
        }
    }
    if (inputs.cache) {
        Map cache = stepSupport.arguments('buildkitSolve, cache', inputs.cache, [path: 'text'], [mode: 'max'])
        stepSupport.oneOf('buildkitSolve, cache', 'mode', cache.mode, ['min', 'max'])
        argv.addAll(['--import-cache', stepSupport.record(['type=local', "src=${cache.path}"])])
        if (solve.exportCache) {
            argv.addAll(['--export-cache', stepSupport.record(['type=local', "dest=${cache.path}", "mode=${cache.mode}", 'reset=true'])])
        }
        // Builds of other branches use the same cache. Two that write it at once would leave it damaged, and later builds would fail.
        argv = ['flock', solve.exportCache ? '-x' : '-s', "${cache.path}.lock"] + argv
    }
    argv.addAll(['--output', stepSupport.record(solve.output)])
    if (solve.metadataFile) {
        argv.addAll(['--metadata-file', solve.metadataFile])
    }
    withCredentials(bindings) {
        sh(label: solve.label, script: stepSupport.script([argv]))
    }
}
