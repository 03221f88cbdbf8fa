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
    Map builtApp = buildAppImage(source)
    scanAppImage(builtApp)
    if (!env.CHANGE_ID && !env.TAG_NAME && env.BRANCH_NAME == 'release/next') {
        tagCommit(source)
    } else {
        echo("Release skipped: only the branch release/next is released, no pull request and no tag. Here branch: ${env.BRANCH_NAME}, pull request: ${env.CHANGE_ID}, tag: ${env.TAG_NAME}.")
    }
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
                failOn: 'high',
                onlyFixed: false,
                scope: 'squashed',
                reportTitle: 'Grype report',
                program: '/grype',
            )
        }
    }
}

void tagCommit(Map source) {
    stage('Tag source') {
        tagSource(
            commit: source.commit,
            version: source.version,
            buildNumber: env.BUILD_NUMBER,
            prefix: 'app-',
            movingTags: false,
            message: 'released',
            committer: [name: 'Release Bot', email: 'bot@example.org'],
            credentials: [ssh: 'git-ssh'],
        )
    }
}
