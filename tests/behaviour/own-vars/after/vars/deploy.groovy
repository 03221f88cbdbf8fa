def call(Map arguments) {
    echo('deploy, edited')
}
