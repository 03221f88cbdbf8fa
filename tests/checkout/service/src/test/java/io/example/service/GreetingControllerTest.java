package io.example.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

class GreetingControllerTest {

    private final GreetingController controller = new GreetingController(new Version("1.2.3", "45"));

    @Test
    void greetsByName() {
        assertEquals("Hello, Ada!", controller.greeting("Ada"));
    }

    @Test
    void refusesABlankName() {
        assertThrows(IllegalArgumentException.class, () -> controller.greeting(" "));
    }

    @Test
    @Disabled("until names are escaped")
    void escapesNames() {
        assertEquals("Hello, &lt;b&gt;!", controller.greeting("<b>"));
    }
}
