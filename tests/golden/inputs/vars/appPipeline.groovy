// Rendered by jenkinsgen from projects/app.toml: edit that file and run `jenkinsgen render`.

def call() {
    properties([
        buildDiscarder(logRotator(numToKeepStr: '30')),
        disableConcurrentBuilds(),
    ])
    podTemplate(yaml: libraryResource(resource: 'acme/pods/app.yaml', encoding: 'UTF-8')) {
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
        [commit: checkout(scm).GIT_COMMIT, version: readVersion(file: 'version.properties', key: 'app.version')]
    }
}

Map inputsOfApp(Map source) {
    return [
        context: 'services/app',
        dockerfile: 'services/app/docker/app.Dockerfile',
        buildArgs: [
            VERSION: source.version,
            BUILD: env.BUILD_NUMBER,
            BRANCH: env.BRANCH_NAME,
            COMMIT: source.commit,
            LABEL: "app ${source.version} (${source.commit}) on ${env.BRANCH_NAME}, 100% {braces}",
            PLAIN: 'no placeholder',
        ],
        secrets: [
            npmrc: [credentialsFile: 'npmrc'],
            token: [credentialsText: 'registry-token'],
            gradle: [file: '/etc/gradle/gradle.properties'],
        ],
        cache: [path: '/cache/app.app', mode: 'min'],
    ]
}

Map buildAppImage(Map source) {
    return stage('Build image') {
        container('buildkit') {
            buildImage(
                name: 'app',
                inputs: inputsOfApp(source),
                target: 'runtime',
            )
        }
    }
}

void scanAppImage(Map image) {
    stage('Scan image') {
        container('grype') {
            scanImage(
                image: image,
                failOn: 'high',
                onlyFixed: false,
                scope: 'squashed',
                reportTitle: 'Grype report',
                program: '/grype',
            )
        }
    }
}
