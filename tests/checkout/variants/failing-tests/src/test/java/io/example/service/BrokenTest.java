package io.example.service;

import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;

class BrokenTest {

    @Test
    void stillWorks() {
    }

    @Test
    void isBroken() {
        fail("expected <1> & got \"2\"");
    }
}
