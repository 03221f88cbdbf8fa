def call(Map arguments) {
    echo("scanned")
}
