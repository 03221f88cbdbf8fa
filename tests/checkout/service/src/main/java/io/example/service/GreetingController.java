package io.example.service;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class GreetingController {

    private final Version version;

    public GreetingController(Version version) {
        this.version = version;
    }

    @GetMapping("/greeting")
    public String greeting(@RequestParam(defaultValue = "world") String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a name is needed");
        }
        return "Hello, " + name + "!";
    }

    @GetMapping("/version")
    public String version() {
        return version.text();
    }
}
