// A bare string in a Groovy template: nobody has quoted it.

mod groovy {
    pub use jenkinsgen::groovy::Groovy;
}

#[derive(askama::Template)]
#[template(source = "echo({{ text }})", ext = "groovy", config = "templates/askama.toml", escape = "groovy")]
struct Bare<'a> {
    text: &'a str,
}

fn main() {
    let _ = askama::Template::render(&Bare { text: "') ; sh('reboot" });
}
