// Rendered by jenkinsgen. Builds an image once, into an OCI layout that is then scanned and pushed as it is.

Map call(Map arguments) {
    Map image = stepSupport.arguments('buildImage', arguments, [name: 'text', inputs: 'map'], [target: ''])
    if (!(image.name ==~ /[a-z][a-z0-9-]*/)) {
        error("buildImage: the name must consist of lower-case letters, digits and '-'")
    }
    String folder = "${env.WORKSPACE_TMP}/images/${image.name}"

    sh(label: 'Empty the folder of the image', script: stepSupport.script([['rm', '-rf', folder], ['mkdir', '-p', folder]]))
    buildkitSolve(
        label: "Build the image ${image.name}",
        inputs: image.inputs,
        target: image.target,
        output: ['type=oci', 'tar=false', "dest=${folder}/oci"],
        metadataFile: "${folder}/build.json",
        exportCache: true,
    )
    String digest = readJSON(file: "${folder}/build.json", returnPojo: true).get('containerimage.digest')
    echo("Built ${image.name}: ${digest}")
    return [name: image.name, folder: folder, digest: digest]
}
