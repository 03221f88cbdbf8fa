// Rendered by jenkinsgen from projects/plain.toml: edit that file and run `jenkinsgen render`.

def call() {
    properties([
        buildDiscarder(logRotator(numToKeepStr: '30')),
        disableConcurrentBuilds(),
    ])
    podTemplate(yaml: libraryResource(resource: 'acme/pods/plain.yaml', encoding: 'UTF-8')) {
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
    analyse(source)
    Map builtApp = buildAppImage(source)
    scanAppImage(builtApp)
    milestone()
    if (!env.CHANGE_ID && !env.TAG_NAME && env.BRANCH_NAME == 'main') {
        lock(resource: 'acme-plain-release', inversePrecedence: true) {
            milestone()
            pushAppImage(source, builtApp)
            tagCommit(source)
            promote(source)
        }
    } else {
        echo("Release skipped: only the branch main is released, no pull request and no tag. Here branch: ${env.BRANCH_NAME}, pull request: ${env.CHANGE_ID}, tag: ${env.TAG_NAME}.")
        mailOnRecovery(recipients: ['culprits'])
    }
}

Map fetchSource() {
    return stage('Checkout') {
        mailOnFailure(recipients: ['culprits']) {
            [commit: checkout(scm).GIT_COMMIT, version: readVersion(file: 'gradle.properties', key: 'version')]
        }
    }
}

Map inputsOfApp(Map source) {
    return [
        context: '.',
        dockerfile: 'Dockerfile',
        buildArgs: [version: source.version, build_number: env.BUILD_NUMBER],
        secrets: [gradle: [credentialsFile: 'gradle']],
    ]
}

void checkUnit(Map source) {
    stage('Check unit') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                extractBuildDir(
                    inputs: inputsOfApp(source),
                    directory: '/app/build',
                    destination: 'build',
                    exitCodeFile: 'exit-code',
                    junit: ['build/*.xml'],
                )
            }
        }
    }
}

void analyse(Map source) {
    stage('SonarQube') {
        mailOnFailure(recipients: ['culprits']) {
            container('sonar') {
                sonarScan(installation: 'Sonar', properties: ['sonar.projectVersion': source.version, 'sonar.branch.name': env.BRANCH_NAME])
            }
        }
    }
}

Map buildAppImage(Map source) {
    return stage('Build image') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                buildImage(name: 'app', inputs: inputsOfApp(source))
            }
        }
    }
}

void scanAppImage(Map image) {
    stage('Scan image') {
        mailOnFailure(recipients: ['culprits']) {
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
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                pushImage(
                    image: image,
                    names: [
                        "registry.example.com/app:${source.version}.${env.BUILD_NUMBER}",
                    ],
                )
            }
        }
    }
}

void tagCommit(Map source) {
    stage('Tag source') {
        mailOnFailure(recipients: ['culprits']) {
            tagSource(
                commit: source.commit,
                version: source.version,
                buildNumber: env.BUILD_NUMBER,
                prefix: 'v',
                movingTags: true,
                message: 'passed CI',
                committer: [name: 'Jenkins', email: 'jenkins@example.org'],
            )
        }
    }
}

void promote(Map source) {
    stage('Promote') {
        mailOnFailure(recipients: ['culprits']) {
            promoteArtifact(
                name: 'plain',
                type: 'DockerImage',
                stage: 'Development',
                flow: 'Simple',
                description: 'Takes everything from the library',
                version: "${source.version}.${env.BUILD_NUMBER}",
            )
        }
    }
}
