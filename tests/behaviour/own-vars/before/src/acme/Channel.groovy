package acme
class Channel { }
