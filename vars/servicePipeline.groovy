// Rendered by jenkinsgen from projects/service.toml: edit that file and run `jenkinsgen render`.

def call() {
    properties([
        buildDiscarder(logRotator(numToKeepStr: '30')),
        disableConcurrentBuilds(),
    ])
    podTemplate(yaml: libraryResource(resource: 'jenkinsgen/pods/service.yaml', encoding: 'UTF-8')) {
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
    checkJava(source)
    analyse(source)
    Map builtService = buildServiceImage(source)
    scanServiceImage(builtService)
    milestone()
    if (!env.CHANGE_ID && !env.TAG_NAME && env.BRANCH_NAME == 'master') {
        lock(resource: 'jenkinsgen-service-release', inversePrecedence: true) {
            milestone()
            pushServiceImage(source, builtService)
            tagCommit(source)
            promote(source)
        }
    } else {
        echo("Release skipped: only the branch master is released, no pull request and no tag. Here branch: ${env.BRANCH_NAME}, pull request: ${env.CHANGE_ID}, tag: ${env.TAG_NAME}.")
        mailOnRecovery(recipients: ['culprits', 'requester'])
    }
}

Map fetchSource() {
    return stage('Checkout') {
        mailOnFailure(recipients: ['culprits', 'requester']) {
            [commit: checkout(scm).GIT_COMMIT, version: readVersion(file: 'gradle.properties', key: 'version')]
        }
    }
}

Map inputsOfService(Map source) {
    return [
        context: '.',
        dockerfile: 'Dockerfile',
        buildArgs: [version: source.version, build_number: env.BUILD_NUMBER],
        secrets: [gradle: [file: '/etc/.gradle/gradle-new.properties']],
        network: 'host',
        cache: [path: '/var/cache/buildkit/service.service', mode: 'max'],
    ]
}

void checkJava(Map source) {
    stage('Build Java Code') {
        mailOnFailure(recipients: ['culprits', 'developers']) {
            container('buildkit') {
                extractBuildDir(
                    inputs: inputsOfService(source),
                    target: 'reports',
                    directory: '/app/build',
                    destination: 'build',
                    exitCodeFile: 'exit-code',
                    junit: ['build/test-results/test/*.xml'],
                    jacoco: [
                        execPattern: 'build/jacoco/*.exec',
                        classPattern: 'build/classes',
                        sourcePattern: 'src/main/java',
                        exclusionPattern: 'src/test*',
                    ],
                )
            }
        }
    }
}

void analyse(Map source) {
    stage('SonarQube') {
        mailOnFailure(recipients: ['culprits', 'requester']) {
            container('sonar') {
                sonarScan(installation: 'SonarQube')
            }
        }
    }
}

Map buildServiceImage(Map source) {
    return stage('Build image') {
        mailOnFailure(recipients: ['culprits', 'requester']) {
            container('buildkit') {
                buildImage(name: 'service', inputs: inputsOfService(source))
            }
        }
    }
}

void scanServiceImage(Map image) {
    stage('Scan image') {
        mailOnFailure(recipients: ['culprits', 'requester']) {
            container('grype') {
                scanImage(
                    image: image,
                    failOn: 'high',
                    onlyFixed: true,
                    scope: 'all-layers',
                    reportTitle: 'Grype Scan Report',
                    program: '/grype',
                )
            }
        }
    }
}

void pushServiceImage(Map source, Map image) {
    stage('Push image') {
        mailOnFailure(recipients: ['culprits', 'requester']) {
            container('buildkit') {
                pushImage(
                    image: image,
                    names: [
                        "registry.example.com/iktech/service:${source.version}.${env.BUILD_NUMBER}",
                        'registry.example.com/iktech/service:latest',
                    ],
                )
            }
        }
    }
}

void tagCommit(Map source) {
    stage('Tag source') {
        mailOnFailure(recipients: ['culprits', 'requester']) {
            tagSource(
                commit: source.commit,
                version: source.version,
                buildNumber: env.BUILD_NUMBER,
                prefix: 'v',
                movingTags: true,
                message: 'passed CI',
                committer: [name: 'jenkinsCI', email: 'jenkins@iktech.io'],
                credentials: [https: 'git-push'],
            )
        }
    }
}

void promote(Map source) {
    stage('Promote') {
        mailOnFailure(recipients: ['culprits', 'requester']) {
            promoteArtifact(
                name: 'service',
                type: 'DockerImage',
                stage: 'Development',
                flow: 'Simple',
                description: 'Test Service',
                version: "${source.version}.${env.BUILD_NUMBER}",
            )
        }
    }
}
