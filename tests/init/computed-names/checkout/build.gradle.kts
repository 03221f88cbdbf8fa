plugins { java; jacoco; id("org.springframework.boot") version "3.5.0" }
group = "io.acme"
version = providers.gradleProperty("version").get()
repositories { mavenCentral() }
tasks.jacocoTestReport { reports { xml.required = true } }
tasks.test { useJUnitPlatform(); finalizedBy(tasks.jacocoTestReport) }
