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
    checkUnit(source)
    analyse(source)
    Map builtApp = buildAppImage(source)
    scanAppImage(builtApp)
    milestone()
    if (!env.CHANGE_ID && !env.TAG_NAME && env.BRANCH_NAME == 'it\'s/$x-"q"') {
        lock(resource: 'acme-app-release', inversePrecedence: true) {
            milestone()
            tagCommit(source)
            promote(source)
        }
    } else {
        echo("Release skipped: only the branch it's/\$x-\"q\" is released, no pull request and no tag. Here branch: ${env.BRANCH_NAME}, pull request: ${env.CHANGE_ID}, tag: ${env.TAG_NAME}.")
        mailOnRecovery(recipients: ['o`malley@example.org'])
    }
}

Map fetchSource() {
    return stage('Checkout') {
        mailOnFailure(recipients: ['o`malley@example.org']) {
            [commit: checkout(scm).GIT_COMMIT, version: '1.2.3']
        }
    }
}

Map inputsOfApp(Map source) {
    return [
        context: '.',
        dockerfile: 'Dockerfile',
        buildArgs: [A: 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00', B: "${source.version} it's \"q\" \$x \${x} \$(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00"],
        secrets: [file: [file: '/etc/it\'s a "$x", file']],
        cache: [path: '/it\'s, "$x"/app.app', mode: 'max'],
    ]
}

void checkUnit(Map source) {
    stage('it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00') {
        mailOnFailure(recipients: ['o`malley@example.org']) {
            container('buildkit') {
                extractBuildDir(
                    inputs: inputsOfApp(source),
                    directory: '/it\'s $x, "y"',
                    destination: 'it\'s $x, "y"',
                    exitCodeFile: '$(id)',
                    junit: ['it\'s $x/*.xml'],
                    jacoco: [exclusionPattern: 'it\'s,$x,"y"'],
                )
            }
        }
    }
}

void analyse(Map source) {
    stage('SonarQube') {
        mailOnFailure(recipients: ['o`malley@example.org']) {
            container('sonar') {
                sonarScan(installation: 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00', properties: ['sonar.projectName': 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00'])
            }
        }
    }
}

Map buildAppImage(Map source) {
    return stage('Build image') {
        mailOnFailure(recipients: ['o`malley@example.org']) {
            container('buildkit') {
                buildImage(name: 'app', inputs: inputsOfApp(source))
            }
        }
    }
}

void scanAppImage(Map image) {
    stage('Scan image') {
        mailOnFailure(recipients: ['o`malley@example.org']) {
            container('grype') {
                scanImage(
                    image: image,
                    failOn: 'high',
                    onlyFixed: false,
                    scope: 'squashed',
                    reportTitle: 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00',
                    program: '/grype',
                )
            }
        }
    }
}

void tagCommit(Map source) {
    stage('Tag source') {
        mailOnFailure(recipients: ['o`malley@example.org']) {
            tagSource(
                commit: source.commit,
                version: source.version,
                buildNumber: env.BUILD_NUMBER,
                prefix: 'it\'s-$x-',
                movingTags: true,
                message: 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00',
                committer: [name: 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00', email: 'o`malley@example.org'],
            )
        }
    }
}

void promote(Map source) {
    stage('Promote') {
        mailOnFailure(recipients: ['o`malley@example.org']) {
            promoteArtifact(
                name: 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00',
                type: 'DockerImage',
                stage: 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00',
                flow: 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00',
                description: 'it\'s "q" $x ${x} $(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00',
                version: "it's \"q\" \$x \${x} \$(id) `id` \\ \\n \\u0041 \\u000aprintln */ \\u002a/ // \u00e9 \u2028 \ud83d\ude00 ${source.version}",
            )
        }
    }
}
