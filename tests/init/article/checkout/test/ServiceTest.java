class ServiceTest {
}
