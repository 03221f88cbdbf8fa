def call(Map arguments) {
    echo('Released.')
}
