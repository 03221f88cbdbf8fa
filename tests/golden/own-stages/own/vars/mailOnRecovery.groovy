// Tells a chat room instead of mailing.
def call(Map arguments) {
    echo("Back to normal? ${arguments.recipients}")
}
