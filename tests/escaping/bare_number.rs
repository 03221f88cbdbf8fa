// A number, too, must have gone through the module that lays out Groovy.

mod groovy {
    pub use jenkinsgen::groovy::Groovy;
}

#[derive(askama::Template)]
#[template(source = "echo({{ number }})", ext = "groovy", config = "templates/askama.toml", escape = "groovy")]
struct Number {
    number: u32,
}

fn main() {
    let _ = askama::Template::render(&Number { number: 7 });
}
