package acme
class Channel { String name }
