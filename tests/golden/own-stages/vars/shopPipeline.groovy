// Rendered by jenkinsgen from projects/shop.toml: edit that file and run `jenkinsgen render`.

def call() {
    properties([
        buildDiscarder(logRotator(numToKeepStr: '30')),
        disableConcurrentBuilds(),
    ])
    podTemplate(yaml: libraryResource(resource: 'acme/pods/shop.yaml', encoding: 'UTF-8')) {
        node(POD_LABEL) {
            lastly(parts: [{ stageCleanUp() }, { stageTellPullRequest() }]) {
                timeout(time: 60, unit: 'MINUTES') {
                    runStages()
                }
            }
            if (!isRelease()) {
                mailOnRecovery(recipients: ['culprits'])
            }
        }
    }
}

def runStages() {
    Map source = fetchSource()
    milestone()
    stageAudit(source)
    stageLint(source)
    Map builtShop = buildShopImage(source)
    scanShopImage(builtShop)
    stageSmokeTest(source)
    milestone()
    if (isRelease()) {
        lock(resource: 'acme-shop-release', inversePrecedence: true) {
            milestone()
            stageFreeze(source)
            pushShopImage(source, builtShop)
            stageDeploy(source)
            tagCommit(source)
            stageAnnounce(source)
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
        mailOnFailure(recipients: ['culprits']) {
            [commit: checkout(scm).GIT_COMMIT, version: '1.2.3']
        }
    }
}

Map inputsOfShop(Map source) {
    return [context: '.', dockerfile: 'Dockerfile']
}

void stageAudit(Map source) {
    if ((env.TAG_NAME || !(env.BRANCH_NAME ==~ 'sandbox/.*|v[^/]*')) && !env.CHANGE_ID) {
        stage('Audit dependencies') {
            mailOnFailure(recipients: ['culprits']) {
                container('node') {
                    runCommands(
                        label: 'Audit dependencies',
                        commands: [
                            'test -f README',
                        ],
                    )
                }
            }
        }
    }
}

void stageLint(Map source) {
    if (!env.TAG_NAME) {
        stage('Lint') {
            mailOnFailure(recipients: ['culprits']) {
                container('node') {
                    runCommands(
                        label: 'Lint',
                        commands: [
                            'mkdir -p reports',
                            'printf "<testsuite/>" >reports/lint.xml',
                        ],
                        junit: ['reports/*.xml'],
                    )
                }
            }
        }
    }
}

Map buildShopImage(Map source) {
    return stage('Build image') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                buildImage(name: 'shop', inputs: inputsOfShop(source))
            }
        }
    }
}

void scanShopImage(Map image) {
    stage('Scan image') {
        mailOnFailure(recipients: ['culprits']) {
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

void stageSmokeTest(Map source) {
    if (!env.CHANGE_ID && !env.TAG_NAME && env.BRANCH_NAME ==~ 'main|release/[^/]*') {
        stage('smoke-test') {
            mailOnFailure(recipients: ['qa@example.com']) {
                container('node') {
                    withCredentials([
                        usernamePassword(
                            credentialsId: 'smoke-login',
                            usernameVariable: 'LOGIN_USR',
                            passwordVariable: 'LOGIN_PSW',
                        ),
                        string(credentialsId: 'smoke-token', variable: 'TOKEN'),
                    ]) {
                        withEnv([
                            "IMAGE=registry.example.com/shop:${source.version}.${env.BUILD_NUMBER}",
                            "BRANCH=branch: ${env.BRANCH_NAME}",
                        ]) {
                            runCommands(
                                label: 'smoke-test',
                                commands: [
                                    'test -n "$IMAGE"',
                                    'test "${LOGIN_USR:+is} ${LOGIN_PSW:+set}" = "is set"',
                                ],
                            )
                        }
                    }
                }
            }
        }
    }
}

void stageFreeze(Map source) {
    stage('freeze') {
        mailOnFailure(recipients: ['culprits']) {
            runCommands(
                label: 'freeze',
                commands: [
                    'freeze-window',
                ],
            )
        }
    }
}

void pushShopImage(Map source, Map image) {
    stage('Push image') {
        mailOnFailure(recipients: ['culprits']) {
            container('buildkit') {
                pushImage(
                    image: image,
                    names: [
                        "registry.example.com/shop:${source.version}.${env.BUILD_NUMBER}",
                    ],
                )
            }
        }
    }
}

void stageDeploy(Map source) {
    stage('Deploy to staging') {
        mailOnFailure(recipients: ['culprits']) {
            withCredentials([
                file(credentialsId: 'staging', variable: 'KUBECONFIG'),
                sshUserPrivateKey(credentialsId: 'staging-key', keyFileVariable: 'KEY'),
            ]) {
                deployToStaging(environment: 'staging', version: "${source.version}.${env.BUILD_NUMBER}")
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
                committer: [name: 'Jenkins', email: 'jenkins@example.com'],
            )
        }
    }
}

void stageAnnounce(Map source) {
    stage('announce') {
        mailOnFailure(recipients: ['culprits']) {
            announce([:])
        }
    }
}

void stageCleanUp() {
    stage('Clean up') {
        mailOnFailure(recipients: ['culprits']) {
            container('node') {
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
}

void stageTellPullRequest() {
    if (env.CHANGE_ID) {
        stage('tell-pull-request') {
            mailOnFailure(recipients: ['culprits']) {
                timeout(time: 60, unit: 'MINUTES') {
                    withEnv([
                        "NUMBER=${env.BUILD_NUMBER}",
                    ]) {
                        runCommands(
                            label: 'tell-pull-request',
                            commands: [
                                'echo "build $NUMBER is done"',
                            ],
                        )
                    }
                }
            }
        }
    }
}
