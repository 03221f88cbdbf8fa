// Rendered by jenkinsgen. Pushes exactly the bytes that were scanned, under one or more names.

def call(Map arguments) {
    Map push = stepSupport.arguments('pushImage', arguments, [image: 'map', names: 'list'], [:])
    String folder = "${push.image.folder}/push"
    String names = push.names.join(',')

    // BuildKit takes the layout as the base image of a Dockerfile that adds nothing, and so keeps its digest.
    writeFile(file: "${folder}/Dockerfile", text: 'FROM image\n', encoding: 'UTF-8')
    sh(label: "Push ${names}", script: stepSupport.script([[
        'buildctl', '--wait', '--timeout', '60', 'build', '--progress', 'plain', '--frontend', 'dockerfile.v0',
        '--local', "context=${folder}",
        '--local', "dockerfile=${folder}",
        '--oci-layout', "image=${push.image.folder}/oci",
        '--opt', "context:image=oci-layout://image@${push.image.digest}",
        '--output', stepSupport.record(['type=image', "name=${names}", 'push=true']),
        '--metadata-file', "${folder}/push.json",
    ]]))
    String digest = readJSON(file: "${folder}/push.json", returnPojo: true).get('containerimage.digest')
    if (digest != push.image.digest) {
        error("pushImage: scanned ${push.image.digest}, but pushed ${digest} as ${names}")
    }
}
