// Rendered by jenkinsgen from projects/app.toml: edit that file and run `jenkinsgen render`.

def call() {
    properties([
        buildDiscarder(logRotator(numToKeepStr: '30')),
        disableConcurrentBuilds(),
    ])
    podTemplate(yaml: libraryResource(resource: 'acme/pods/app.yaml', encoding: 'UTF-8')) {
        node(POD_LABEL) {
            timeout(time: 60, unit: 'MINUTES') {
                withEcrHelper(registries: ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', '123456789012.dkr.ecr.us-east-1.amazonaws.com']) {
                    runStages()
                }
            }
        }
    }
}

def runStages() {
    Map source = fetchSource()
    milestone()
    Map builtApp = buildAppImage(source)
    scanAppImage(builtApp)
    milestone()
    if (!env.CHANGE_ID && !env.TAG_NAME && env.BRANCH_NAME == 'main') {
        lock(resource: 'acme-app-release', inversePrecedence: true) {
            milestone()
            pushAppImage(source, builtApp)
        }
    } else {
        echo("Release skipped: only the branch main is released, no pull request and no tag. Here branch: ${env.BRANCH_NAME}, pull request: ${env.CHANGE_ID}, tag: ${env.TAG_NAME}.")
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

void pushAppImage(Map source, Map image) {
    stage('Push image') {
        container('buildkit') {
            pushImage(
                image: image,
                names: [
                    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:${source.version}",
                    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:${source.commit}",
                ],
            )
        }
    }
}
