def call(Map arguments) {
    new acme.Channel().tell(libraryResource('acme/notes.txt'))
}
