// Rendered by jenkinsgen from projects/strict.toml: edit that file and run `jenkinsgen render`.

def call() {
    properties([
        buildDiscarder(logRotator(numToKeepStr: '30')),
        disableConcurrentBuilds(),
    ])
    podTemplate(yaml: libraryResource(resource: 'acme/pods/strict.yaml', encoding: 'UTF-8')) {
        node(POD_LABEL) {
            timeout(time: 60, unit: 'MINUTES') {
                runStages()
            }
        }
    }
}

def runStages() {
    Map source = fetchSource()
    milestone()
    Map builtApp = buildAppImage(source)
    scanAppImage(builtApp)
}

Map fetchSource() {
    return stage('Checkout') {
        [commit: checkout(scm).GIT_COMMIT, version: '1.2.3']
    }
}

Map inputsOfApp(Map source) {
    return [context: '.', dockerfile: 'Dockerfile']
}

Map buildAppImage(Map source) {
    return stage('Build image') {
        container('buildkit') {
            buildImage(name: 'app', inputs: inputsOfApp(source))
        }
    }
}

void scanAppImage(Map image) {
    stage('Scan image') {
        container('grype') {
            scanImage(
                image: image,
                failOn: 'negligible',
                onlyFixed: false,
                scope: 'squashed',
                reportTitle: 'Grype report',
                program: '/grype',
            )
        }
    }
}
