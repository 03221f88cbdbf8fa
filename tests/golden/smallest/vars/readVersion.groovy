// Rendered by jenkinsgen. The version of the checkout.

String call(Map arguments) {
    Map source = stepSupport.arguments('readVersion', arguments, [file: 'text', key: 'text'], [:])
    def version = readProperties(file: source.file).get(source.key)
    if (version == null) {
        error("readVersion: ${source.file} has no key '${source.key}'")
    }
    return stepSupport.version("readVersion, ${source.file}", version.toString().trim())
}
