// Rendered by jenkinsgen. Pushes exactly the bytes that were scanned, under one or more names.

def call(Map arguments) {
    Map push = stepSupport.arguments('pushImage', arguments, [image: 'map', names: 'list'], [:])
    Map image = stepSupport.image('pushImage', push.image)
    // Not below the image's folder, which may belong to the user of another container.
    String folder = "${env.WORKSPACE_TMP}/pushes/${image.name}"
    String names = push.names.join(',')

    // BuildKit takes the layout as the base image of a Dockerfile that adds nothing, and so keeps its digest.
    writeFile(file: "${folder}/Dockerfile", text: 'FROM image\n', encoding: 'UTF-8')
    sh(label: "Push ${names}", script: stepSupport.script([[
        'buildctl', '--wait', '--timeout', '60', 'build', '--progress', 'plain', '--frontend', 'dockerfile.v0',
        '--local', "context=${folder}",
        '--local', "dockerfile=${folder}",
        '--oci-layout', "image=${image.folder}/oci",
        '--opt', "context:image=oci-layout://image@${image.digest}",
        '--output', stepSupport.record(['type=image', "name=${names}", 'push=true']),
        '--metadata-file', "${folder}/push.json",
    ]]))
    String digest = readJSON(file: "${folder}/push.json", returnPojo: true).get('containerimage.digest')
    if (digest != image.digest) {
        error("pushImage: scanned ${image.digest}, but pushed ${digest} as ${names}")
    }
}
