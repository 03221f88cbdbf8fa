package io.example.service;

public class Broken {
#
}
