// Rendered by jenkinsgen. Analysis by SonarQube.

def call(Map arguments) {
    Map sonar = stepSupport.arguments('sonarScan', arguments, [installation: 'text'], [properties: [:]])
    List argv = ['sonar-scanner']
    for (name in sonar.properties.keySet()) {
        argv.add("-D${name}=${sonar.properties.get(name)}")
    }
    // The server's address and token reach the scanner in its environment.
    withSonarQubeEnv(sonar.installation) {
        sh(label: 'Analyse with SonarQube', script: stepSupport.script([argv]))
    }
}
