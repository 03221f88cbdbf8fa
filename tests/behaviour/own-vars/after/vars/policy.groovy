def call() { echo(1) }
