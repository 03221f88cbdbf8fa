def call(Map arguments) {
    echo('unused')
}
