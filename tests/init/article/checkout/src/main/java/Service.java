class Service {
}
