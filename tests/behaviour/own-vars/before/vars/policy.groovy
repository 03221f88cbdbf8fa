def call() { }
