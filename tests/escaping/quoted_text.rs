// The way that compiles.

mod groovy {
    pub use jenkinsgen::groovy::Groovy;
}

#[derive(askama::Template)]
#[template(source = "echo({{ text }})", ext = "groovy", config = "templates/askama.toml", escape = "groovy")]
struct Quoted {
    text: jenkinsgen::groovy::Code,
}

fn main() {
    let text = jenkinsgen::groovy::string("') ; sh('reboot");
    let rendered = askama::Template::render(&Quoted { text }).unwrap();
    assert_eq!(rendered, r"echo('\') ; sh(\'reboot')");
}
