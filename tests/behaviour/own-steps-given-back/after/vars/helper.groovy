def call() {
    echo(2)
}
