// Rendered by jenkinsgen from projects/app.toml: edit that file and run `jenkinsgen render`.

def call() {
    properties([
        buildDiscarder(logRotator(numToKeepStr: '30')),
        disableConcurrentBuilds(),
    ])
    podTemplate(yaml: libraryResource(resource: 'acme/pods/app.yaml', encoding: 'UTF-8')) {
        node(POD_LABEL) {
            lastly(parts: [{ stageCleanUp() }]) {
                timeout(time: 60, unit: 'MINUTES') {
                    runStages()
                }
            }
            if (!isRelease()) {
                mailOnRecovery(recipients: ['developers', 'requester'], via: 'mailer')
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
    if (isRelease()) {
        lock(resource: 'acme-app-release', inversePrecedence: true) {
            milestone()
            pushAppImage(source, builtApp)
            tagCommit(source)
            promote(source)
        }
    } else {
        echo("Release skipped: only the branch main is released, no pull request and no tag. Here branch: ${env.BRANCH_NAME}, pull request: ${env.CHANGE_ID}, tag: ${env.TAG_NAME}.")
    }
}

boolean isRelease() {
    return !env.CHANGE_ID && !env.TAG_NAME && env.BRANCH_NAME == 'main'
}

Map fetchSource() {
    return stage('Checkout') {
        mailOnFailure(recipients: ['requester'], via: 'mailer') {
            [commit: checkout(scm).GIT_COMMIT, version: '1.2.3']
        }
    }
}

Map inputsOfApp(Map source) {
    return [context: '.', dockerfile: 'Dockerfile']
}

void checkUnit(Map source) {
    stage('Check unit') {
        mailOnFailure(recipients: ['developers'], via: 'mailer') {
            container('buildkit') {
                extractBuildDir(
                    inputs: inputsOfApp(source),
                    directory: '/out',
                    destination: 'out',
                )
            }
        }
    }
}

void analyse(Map source) {
    stage('SonarQube') {
        container('sonar') {
            sonarScan(installation: 'Sonar')
        }
    }
}

Map buildAppImage(Map source) {
    return stage('Build image') {
        mailOnFailure(recipients: ['build@example.org'], via: 'mailer') {
            container('buildkit') {
                buildImage(name: 'app', inputs: inputsOfApp(source))
            }
        }
    }
}

void scanAppImage(Map image) {
    stage('Scan image') {
        mailOnFailure(recipients: ['security@example.org', 'culprits'], via: 'mailer') {
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
}

void pushAppImage(Map source, Map image) {
    stage('Push image') {
        mailOnFailure(recipients: ['push@example.org'], via: 'mailer') {
            container('buildkit') {
                pushImage(
                    image: image,
                    names: [
                        "registry.example.com/app:${source.version}",
                    ],
                )
            }
        }
    }
}

void tagCommit(Map source) {
    stage('Tag source') {
        mailOnFailure(recipients: ['tag@example.org'], via: 'mailer') {
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
        mailOnFailure(recipients: ['promote@example.org'], via: 'mailer') {
            promoteArtifact(
                name: 'app',
                type: 'DockerImage',
                stage: 'Development',
                flow: 'Simple',
                description: 'An application',
                version: "${source.version}.${env.BUILD_NUMBER}",
            )
        }
    }
}

void stageCleanUp() {
    stage('Clean up') {
        mailOnFailure(recipients: ['requester'], via: 'mailer') {
            timeout(time: 60, unit: 'MINUTES') {
                runCommands(
                    label: 'Clean up',
                    commands: [
                        'rm -rf reports',
                    ],
                )
            }
        }
    }
}
