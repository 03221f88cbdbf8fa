// Rendered by jenkinsgen. Lets buildctl log in to Amazon ECR registries by docker-credential-ecr-login.

def call(Map arguments, Closure body) {
    Map ecr = stepSupport.arguments('withEcrHelper', arguments, [registries: 'list'], [:])
    Map helpers = [:]
    for (registry in ecr.registries) {
        helpers.put(registry, 'ecr-login')
    }
    String folder = "${env.WORKSPACE_TMP}/docker-config"
    writeJSON(file: "${folder}/config.json", json: [credHelpers: helpers])
    withEnv(["DOCKER_CONFIG=${folder}"]) {
        body()
    }
}
