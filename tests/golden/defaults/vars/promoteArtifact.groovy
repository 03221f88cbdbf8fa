// Rendered by jenkinsgen. Publishes a version to artifactz.io and pushes it out of its stage.

def call(Map arguments) {
    Map artifact = stepSupport.arguments('promoteArtifact', arguments,
        [name: 'text', type: 'text', stage: 'text', flow: 'text', description: 'text', version: 'text'], [:])
    publishArtifact(
        name: artifact.name,
        type: artifact.type,
        stage: artifact.stage,
        flow: artifact.flow,
        description: artifact.description,
        version: artifact.version,
    )
    pushArtifact(name: artifact.name, stage: artifact.stage, version: artifact.version)
}
