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
    checkContract(source)
    checkAssets(source)
    checkOld(source)
    Map builtApp = buildAppImage(source)
    scanAppImage(builtApp)
}

Map fetchSource() {
    return stage('Checkout') {
        [commit: checkout(scm).GIT_COMMIT, version: '1.2.3']
    }
}

Map inputsOfApp(Map source) {
    return [context: '.', dockerfile: 'Dockerfile']
}

void checkUnit(Map source) {
    stage('Unit tests') {
        container('buildkit') {
            extractBuildDir(
                inputs: inputsOfApp(source),
                target: 'unit',
                directory: '/app/build',
                destination: 'build/unit',
                exitCodeFile: 'exit-code',
                junit: ['build/unit/test/*.xml', 'build/unit/more/*.xml'],
                coverage: ['build/unit/jacoco.xml'],
            )
        }
    }
}

void checkContract(Map source) {
    stage('Check contract') {
        container('buildkit') {
            extractBuildDir(
                inputs: inputsOfApp(source),
                target: 'contract',
                directory: '/app/build',
                destination: 'build/contract',
                junit: ['build/contract/*.xml'],
            )
        }
    }
}

void checkAssets(Map source) {
    stage('Check assets') {
        container('buildkit') {
            extractBuildDir(
                inputs: inputsOfApp(source),
                directory: '/',
                destination: 'assets',
            )
        }
    }
}

void checkOld(Map source) {
    stage('Check old') {
        container('buildkit') {
            extractBuildDir(
                inputs: inputsOfApp(source),
                directory: '/app',
                destination: 'old',
                jacoco: [execPattern: '**/*.exec,other/*.exec'],
            )
        }
    }
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
