package io.example.service;

public class Version {

    private final String number;
    private final String build;

    public Version(String number, String build) {
        this.number = number;
        this.build = build;
    }

    public String text() {
        return build == null ? number : number + "." + build;
    }
}
