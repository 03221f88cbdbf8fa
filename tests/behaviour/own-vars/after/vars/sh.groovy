def call(arguments) { }
