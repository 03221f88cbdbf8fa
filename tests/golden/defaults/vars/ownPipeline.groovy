// Rendered by jenkinsgen from projects/own.toml: edit that file and run `jenkinsgen render`.

def call() {
    properties([
        buildDiscarder(logRotator(numToKeepStr: '30')),
        disableConcurrentBuilds(),
    ])
    podTemplate(yaml: libraryResource(resource: 'acme/pods/own.yaml', encoding: 'UTF-8')) {
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
    checkUnit(source)
    Map builtApp = buildAppImage(source)
    scanAppImage(builtApp)
    milestone()
    if (!env.CHANGE_ID && !env.TAG_NAME && env.BRANCH_NAME == 'main') {
        lock(resource: 'acme-own-release', inversePrecedence: true) {
            milestone()
            pushAppImage(source, builtApp)
        }
    } else {
        echo("Release skipped: only the branch main is released, no pull request and no tag. Here branch: ${env.BRANCH_NAME}, pull request: ${env.CHANGE_ID}, tag: ${env.TAG_NAME}.")
        mailOnRecovery(recipients: ['own@example.org'])
    }
}

Map fetchSource() {
    return stage('Checkout') {
        mailOnFailure(recipients: ['own@example.org']) {
            [commit: checkout(scm).GIT_COMMIT, version: '2.0.0']
        }
    }
}

Map inputsOfApp(Map source) {
    return [
        context: '.',
        dockerfile: 'Dockerfile',
        buildArgs: [
            version: "${source.version}-own",
            build_number: env.BUILD_NUMBER,
            extra: '1',
        ],
        secrets: [gradle: [credentialsFile: 'gradle']],
    ]
}

void checkUnit(Map source) {
    stage('Check unit') {
        mailOnFailure(recipients: ['own@example.org']) {
            container('buildkit') {
                extractBuildDir(
                    inputs: inputsOfApp(source),
                    directory: '/app/build',
                    destination: 'build',
                    exitCodeFile: 'exit-code',
                    junit: ['own/*.xml'],
                )
            }
        }
    }
}

Map buildAppImage(Map source) {
    return stage('Build image') {
        mailOnFailure(recipients: ['own@example.org']) {
            container('buildkit') {
                buildImage(
                    name: 'app',
                    inputs: inputsOfApp(source),
                    target: 'own',
                )
            }
        }
    }
}

void scanAppImage(Map image) {
    stage('Scan image') {
        mailOnFailure(recipients: ['own@example.org']) {
            container('grype') {
                scanImage(
                    image: image,
                    failOn: 'medium',
                    onlyFixed: false,
                    scope: 'squashed',
                    reportTitle: 'Grype report',
                    program: '/grype',
                )
            }
        }
    }
}

void pushAppImage(Map source, Map image) {
    stage('Push image') {
        mailOnFailure(recipients: ['own@example.org']) {
            container('buildkit') {
                pushImage(
                    image: image,
                    names: [
                        'registry.example.com/own:own',
                    ],
                )
            }
        }
    }
}
