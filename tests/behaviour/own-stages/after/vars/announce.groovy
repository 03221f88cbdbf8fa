def call(Map arguments) {
    echo(arguments.channel)
}
