def call(Map arguments) {
    sh(label: 'Deploy', script: 'test -f "$KUBECONFIG" && test -f "$KEY"')
    echo("${arguments.version} runs in ${arguments.environment}")
}
