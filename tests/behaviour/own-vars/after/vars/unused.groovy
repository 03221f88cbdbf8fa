def call(Map arguments) {
    echo('unused, edited')
}
