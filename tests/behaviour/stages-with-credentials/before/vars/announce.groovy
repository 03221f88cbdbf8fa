def call(Map arguments) { }
