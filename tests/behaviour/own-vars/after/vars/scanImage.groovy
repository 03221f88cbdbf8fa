def call(Map arguments) {
    echo("not scanned")
}
