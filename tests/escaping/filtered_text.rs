// A filter does not quote either.

mod groovy {
    pub use jenkinsgen::groovy::Groovy;
}

#[derive(askama::Template)]
#[template(source = "echo({{ text|upper }})", ext = "groovy", config = "templates/askama.toml", escape = "groovy")]
struct Filtered<'a> {
    text: &'a str,
}

fn main() {
    let _ = askama::Template::render(&Filtered { text: "') ; sh('reboot" });
}
