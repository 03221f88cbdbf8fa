def call(Map arguments) {
    echo('announce, edited')
}
