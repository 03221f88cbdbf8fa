class MainTest {}
