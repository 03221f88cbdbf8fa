def call(Map arguments) {
    policy()
}
