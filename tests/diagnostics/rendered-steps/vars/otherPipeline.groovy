def call() {}
