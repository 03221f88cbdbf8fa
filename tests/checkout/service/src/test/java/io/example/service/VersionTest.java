package io.example.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class VersionTest {

    @Test
    void appendsTheBuild() {
        assertEquals("1.2.3.45", new Version("1.2.3", "45").text());
    }

    @Test
    void standsAloneWithoutABuild() {
        assertEquals("1.2.3", new Version("1.2.3", null).text());
    }
}
