def call(Map arguments) {
    echo('deploy')
}
