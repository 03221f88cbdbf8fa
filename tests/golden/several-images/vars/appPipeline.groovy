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
    checkWeb(source)
    Map builtWebApp = buildWebAppImage(source)
    scanWebAppImage(builtWebApp)
    Map builtWorker = buildWorkerImage(source)
    scanWorkerImage(builtWorker)
    Map builtTools = buildToolsImage(source)
    scanToolsImage(builtTools)
    milestone()
    if (!env.CHANGE_ID && !env.TAG_NAME && env.BRANCH_NAME == 'main') {
        lock(resource: 'acme-app-release', inversePrecedence: true) {
            milestone()
            pushWorkerImage(source, builtWorker)
            pushWebAppImage(source, builtWebApp)
        }
    } else {
        echo("Release skipped: only the branch main is released, no pull request and no tag. Here branch: ${env.BRANCH_NAME}, pull request: ${env.CHANGE_ID}, tag: ${env.TAG_NAME}.")
        mailOnRecovery(recipients: ['culprits'])
    }
}

Map fetchSource() {
    return stage('Checkout') {
        mailOnFailure(recipients: ['culprits']) {
            [commit: checkout(scm).GIT_COMMIT, version: '1.2.3']
        }
    }
}

Map inputsOfWebApp(Map source) {
    return [
        context: '.',
        dockerfile: 'web/Dockerfile',
        cache: [path: '/cache/app.web-app', mode: 'max'],
    ]
}

Map inputsOfWorker(Map source) {
    return [
        context: '.',
        dockerfile: 'worker/Dockerfile',
        buildArgs: [version: source.version],
        cache: [path: '/cache/app.worker', mode: 'max'],
    ]
}

Map inputsOfTools(Map source) {
    return [
        context: '.',
        dockerfile: 'tools/Dockerfile',
        cache: [path: '/cache/app.tools', mode: 'max'],
    ]
}

void checkWeb(Map source) {
    stage('Check web') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                extractBuildDir(
                    inputs: inputsOfWebApp(source),
                    target: 'test',
                    directory: '/out',
                    destination: 'out',
                )
            }
        }
    }
}

Map buildWebAppImage(Map source) {
    return stage('Build image web-app') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                buildImage(name: 'web-app', inputs: inputsOfWebApp(source))
            }
        }
    }
}

void scanWebAppImage(Map image) {
    stage('Scan image web-app') {
        mailOnFailure(recipients: ['culprits']) {
            container('grype') {
                scanImage(
                    image: image,
                    failOn: 'high',
                    onlyFixed: false,
                    scope: 'squashed',
                    reportTitle: 'Grype report (web-app)',
                    program: '/grype',
                )
            }
        }
    }
}

Map buildWorkerImage(Map source) {
    return stage('Build image worker') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                buildImage(name: 'worker', inputs: inputsOfWorker(source))
            }
        }
    }
}

void scanWorkerImage(Map image) {
    stage('Scan image worker') {
        mailOnFailure(recipients: ['culprits']) {
            container('grype') {
                scanImage(
                    image: image,
                    failOn: 'high',
                    onlyFixed: false,
                    scope: 'squashed',
                    reportTitle: 'Grype report (worker)',
                    program: '/grype',
                )
            }
        }
    }
}

Map buildToolsImage(Map source) {
    return stage('Build image tools') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                buildImage(name: 'tools', inputs: inputsOfTools(source))
            }
        }
    }
}

void scanToolsImage(Map image) {
    stage('Scan image tools') {
        mailOnFailure(recipients: ['culprits']) {
            container('grype') {
                scanImage(
                    image: image,
                    failOn: 'high',
                    onlyFixed: false,
                    scope: 'squashed',
                    reportTitle: 'Grype report (tools)',
                    program: '/grype',
                )
            }
        }
    }
}

void pushWorkerImage(Map source, Map image) {
    stage('Push image worker') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                pushImage(
                    image: image,
                    names: [
                        'registry.example.com/worker:latest',
                    ],
                )
            }
        }
    }
}

void pushWebAppImage(Map source, Map image) {
    stage('Push image web-app') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                pushImage(
                    image: image,
                    names: [
                        "registry.example.com/web:${source.version}",
                        'registry.example.com/web:latest',
                        "other.example.com:5000/team/web:${source.version}-${env.BUILD_NUMBER}",
                    ],
                )
            }
        }
    }
}
