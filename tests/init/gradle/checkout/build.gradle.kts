plugins {
    java
    jacoco
}

version = "2.0.1"
