// Rendered by jenkinsgen. Tags the released commit, all tags in one push or none.

def call(Map arguments) {
    Map tag = stepSupport.arguments('tagSource', arguments,
        [commit: 'text', version: 'text', buildNumber: 'text', committer: 'map'],
        [prefix: 'v', movingTags: true, message: 'passed CI', credentials: [:]])
    Map committer = stepSupport.arguments('tagSource, committer', tag.committer, [name: 'text', email: 'text'], [:])
    String version = stepSupport.version('tagSource', tag.version)
    String release = "${tag.prefix}${version}.${tag.buildNumber}"
    List moving = []
    if (tag.movingTags) {
        moving.add("${tag.prefix}${version}")
    }
    if (tag.movingTags && !version.contains('-')) {
        // A pre-release does not become the newest 1.2 or 1.
        List numbers = version.tokenize('.')
        moving.add("${tag.prefix}${numbers.get(0)}.${numbers.get(1)}")
        moving.add("${tag.prefix}${numbers.get(0)}")
    }

    List commands = []
    // The tag of the build is not forced: if it exists already, the push fails and moves nothing.
    List push = ['git', 'push', '--atomic', 'origin', "refs/tags/${release}"]
    for (name in [release] + moving) {
        commands.add(['git', '-c', "user.name=${committer.name}", '-c', "user.email=${committer.email}",
            'tag', '--force', '--annotate', '--message', tag.message, name, tag.commit])
    }
    for (name in moving) {
        push.add("+refs/tags/${name}")
    }
    commands.add(push)
    withGitCredentials(tag.credentials) {
        sh(label: "Tag ${tag.commit} as ${release}", script: stepSupport.script(commands))
    }
}

def withGitCredentials(Map given, Closure body) {
    Map credentials = stepSupport.arguments('tagSource, credentials', given, [:], [https: '', ssh: ''])
    if (credentials.https) {
        withCredentials([gitUsernamePassword(credentialsId: credentials.https, gitToolName: 'Default')]) {
            body()
        }
    } else if (credentials.ssh) {
        withCredentials([sshUserPrivateKey(credentialsId: credentials.ssh, keyFileVariable: 'TAG_KEY')]) {
            // The agent's known_hosts must know the server.
            withEnv(['GIT_SSH_COMMAND=ssh -i "$TAG_KEY" -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes']) {
                body()
            }
        }
    } else {
        body()
    }
}
