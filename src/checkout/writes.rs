//! Which files the commands of a `RUN` write, as far as the script itself tells.

use camino::{Utf8Path, Utf8PathBuf};

use super::clean;
use super::shell::{Command, Joint, commands, joined};

/// What stands before a command, or ends what stands around it.
const KEYWORDS: [&str; 18] = [
    "!", "(", ")", "command", "do", "done", "elif", "else", "env", "esac", "exec", "fi", "if",
    "sudo", "then", "until", "while", "{",
];
/// Programs that write no file that they are given.
const SILENT: [&str; 31] = [
    ":", "[", "[[", "}", "cat", "chmod", "chown", "echo", "exit", "export", "false", "for", "grep",
    "head", "local", "ls", "mkdir", "printf", "pwd", "read", "return", "rm", "rmdir", "set",
    "shift", "sleep", "tail", "test", "touch", "true", "wait",
];
/// Shells, and what starts one.
pub(super) const SHELLS: [&str; 7] = ["ash", "bash", "dash", "ksh", "sh", "su", "zsh"];

/// What a script does to files.
#[derive(Debug, Default)]
pub struct Effects {
    /// What it writes: by a redirection, or with `tee`.
    pub written: Vec<Target>,
    /// Where it copies and moves files to: each may be a folder.
    pub moved: Vec<Target>,
    /// What it gives to programs that may write anything.
    pub given: Vec<Target>,
    /// Whether it runs such programs.
    pub is_unseen: bool,
    /// Every word that was understood.
    pub words: Vec<String>,
}

/// A path in an image as a command names it.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    word: String,
    folder: Option<Utf8PathBuf>,
}

impl Target {
    /// How the command names it.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// Whether the file has this name.
    pub fn is_named(&self, name: &str) -> bool {
        Utf8Path::new(&self.word).file_name() == Some(name)
    }

    /// The path, if that can be known.
    pub fn path(&self) -> Option<Utf8PathBuf> {
        below(self.folder.as_deref(), &self.word)
    }

    /// Whether it is this path, as far as can be known: of `$results/exit-code` the end must be the same.
    pub fn may_be(&self, wanted: &Utf8Path) -> bool {
        match self.path() {
            Some(path) => path == wanted,
            None => wanted.ends_with(clean(self.end().as_ref())),
        }
    }

    /// Whether it is a folder with this path in it.
    pub fn may_hold(&self, wanted: &Utf8Path) -> bool {
        self.path().is_none_or(|path| wanted.starts_with(path))
    }

    /// What follows the last part that is not known.
    fn end(&self) -> &str {
        let unknown = self.word.rfind(['$', '`', '*', '?', '~']);
        let rest = unknown.map_or(self.word.as_str(), |at| &self.word[at + 1..]);
        let closed = rest.rfind(['}', ')']).map_or(rest, |at| &rest[at + 1..]);
        match (unknown, closed.find('/')) {
            (None, _) => closed,
            (Some(_), Some(slash)) => &closed[slash..],
            (Some(_), None) => "",
        }
    }
}

/// A path in an image without `.` and `..`; `None` if it depends on what is not known, such as a variable or the folder of the base image.
pub fn below(folder: Option<&Utf8Path>, path: &str) -> Option<Utf8PathBuf> {
    if path.contains(['$', '`', '*', '?']) || path.starts_with('~') {
        return None;
    }
    let whole = match path.starts_with('/') {
        true => Utf8PathBuf::from(path),
        false => folder?.join(path),
    };
    Some(Utf8Path::new("/").join(clean(&whole)))
}

/// What a script does that runs in this folder of an image.
pub fn effects(script: &str, folder: Option<&Utf8Path>) -> Effects {
    let mut effects = Effects::default();
    let mut folders = vec![folder.map(Utf8Path::to_owned)];
    for command in commands(script) {
        // What is assigned may be what a program prints.
        effects.is_unseen |= command.env.iter().any(|(_, value)| is_substituted(value));
        effects.words.extend(command.words().cloned());
        let (words, opened, closed) = bare(&command);
        let here = folders.last().cloned().flatten();
        folders.extend(std::iter::repeat_n(here.clone(), opened));
        run(&words, here.as_deref(), &mut effects);
        match words.first().map(String::as_str) {
            Some("cd" | "pushd") => {
                let to = words.iter().skip(1).find(|word| !word.starts_with("--"));
                let to = to.filter(|to| *to != "-");
                if let Some(last) = folders.last_mut() {
                    *last = to.and_then(|to| below(here.as_deref(), to));
                }
            }
            Some("popd") => folders = vec![None],
            _ => {}
        }
        for _ in 0..closed {
            // A `)` of something else, such as a pattern of `case`.
            if folders.len() > 1 {
                folders.pop();
            }
        }
    }
    effects
}

/// Programs that pass on what they are given.
const PASSING: [&str; 12] = [
    "awk", "base64", "cat", "cp", "echo", "envsubst", "install", "mv", "printf", "sed", "tee", "tr",
];

/// Where a script leaves what one of these words stands for, such as the path of a mounted secret: files that a later command of the script does not delete.
pub fn kept(script: &str, is_secret: impl Fn(&str) -> bool) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut is_piped = false;
    for (joint, command) in joined(script) {
        let words: Vec<String> = command.words().cloned().collect();
        let has_secret = words.iter().any(|word| is_secret(word));
        is_piped = PASSING.contains(&command.program())
            && (has_secret || (joint == Joint::Pipe && is_piped));
        let (words, files) = without_redirections(&words);
        if let (true, Some(file)) = (has_secret, configured(&words)) {
            kept.push(file.to_owned());
        }
        if is_piped {
            kept.extend(files.iter().map(|file| (*file).to_owned()));
            let arguments = words.get(1..).unwrap_or_default();
            let target = |word: &str| word.to_owned();
            match command.program() {
                "cp" | "install" | "mv" => kept.extend(moved(arguments, target)),
                "tee" => {
                    let named = arguments.iter().filter(|word| !word.starts_with('-'));
                    kept.extend(named.map(|word| (*word).to_owned()));
                }
                _ => {}
            }
        }
        if command.program() == "rm" {
            let is_of_home = |word: &str, file: &str| {
                let name = file.strip_prefix("~/");
                name.is_some_and(|name| Utf8Path::new(word).ends_with(name))
            };
            kept.retain(|file| {
                let mut words = words.iter();
                !words.any(|word| Utf8Path::new(file).starts_with(word) || is_of_home(word, file))
            });
        }
        let unsets = |word: &&str| word.starts_with("--unset") || *word == "--remove-section";
        if command.program() == "git" && words.iter().any(unsets) {
            kept.retain(|file| file != "~/.gitconfig");
        }
    }
    kept.retain(|file| !file.starts_with("/dev/"));
    kept
}

/// The file into which a command writes what it is told to configure for all of a user's projects.
fn configured(words: &[&str]) -> Option<&'static str> {
    match words {
        ["git", "config", "--global", ..] => Some("~/.gitconfig"),
        ["npm", "config", "set", ..] => Some("~/.npmrc"),
        ["composer", "config", "--global" | "-g", ..] => Some("~/.composer"),
        _ => None,
    }
}

fn is_substituted(word: &str) -> bool {
    word.contains("$(") || word.contains('`')
}

/// The words of a command without the keywords and parentheses around it, and how many of these open and close a subshell.
fn bare(command: &Command) -> (Vec<String>, usize, usize) {
    let mut words: Vec<String> = command.words().cloned().collect();
    let mut opened = 0;
    while let Some(first) = words.first_mut() {
        if KEYWORDS.contains(&first.as_str()) {
            opened += usize::from(first == "(");
            words.remove(0);
        } else if first.starts_with('(') && !first.starts_with("((") {
            first.remove(0);
            opened += 1;
        } else {
            break;
        }
    }
    let count = |sign: char| {
        words
            .iter()
            .map(|word| word.matches(sign).count())
            .sum::<usize>()
    };
    let closed = count(')').saturating_sub(count('('));
    for word in &mut words {
        if closed > 0 && !word.contains('(') {
            word.truncate(word.trim_end_matches(')').len());
        }
    }
    words.retain(|word| !word.is_empty());
    (words, opened, closed)
}

/// Adds what one command does.
fn run(words: &[String], folder: Option<&Utf8Path>, effects: &mut Effects) {
    let target = |word: &str| Target {
        word: word.to_owned(),
        folder: folder.map(Utf8Path::to_owned),
    };
    let (words, redirected) = without_redirections(words);
    effects
        .written
        .extend(redirected.iter().map(|word| target(word)));
    let Some((program, arguments)) = words.split_first() else {
        return;
    };
    let program = program.rsplit('/').next().unwrap_or(program);
    effects.is_unseen |= words.iter().any(|word| is_substituted(word));
    let is_option = |word: &&&str| word.starts_with('-');
    match program {
        "cd" | "pushd" | "popd" => {}
        "tee" => {
            let files = arguments.iter().filter(|word| !is_option(word));
            effects.written.extend(files.map(|word| target(word)));
        }
        "cp" | "install" | "ln" | "mv" => effects.moved.extend(moved(arguments, target)),
        "eval" | "trap" => nest(arguments.first().copied(), folder, effects),
        shell if SHELLS.contains(&shell) => {
            let mut options = arguments.iter();
            let is_text = |word: &&str| {
                word.starts_with('-') && !word.starts_with("--") && word.ends_with('c')
            };
            match options.position(is_text) {
                Some(_) => nest(options.next().copied(), folder, effects),
                None => effects.is_unseen = true,
            }
        }
        silent if SILENT.contains(&silent) => {}
        _ => {
            effects.is_unseen = true;
            let values = arguments
                .iter()
                .map(|word| word.split_once('=').map_or(*word, |(_, value)| value));
            effects.given.extend(values.map(target));
        }
    }
}

/// Adds what a script in an argument does.
fn nest(script: Option<&str>, folder: Option<&Utf8Path>, effects: &mut Effects) {
    let inner = self::effects(script.unwrap_or_default(), folder);
    effects.written.extend(inner.written);
    effects.moved.extend(inner.moved);
    effects.given.extend(inner.given);
    effects.words.extend(inner.words);
    effects.is_unseen |= inner.is_unseen;
}

/// The files that `cp` and its like make: the last argument, or those of the same names in that folder.
fn moved<T>(arguments: &[&str], target: impl Fn(&str) -> T) -> Vec<T> {
    let mut folder = None;
    let mut paths = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("--target-directory=") {
            Some(path) => folder = Some(path),
            None if matches!(*word, "-t" | "--target-directory") => folder = words.next().copied(),
            // Options of `install` with a value.
            None if matches!(*word, "-m" | "-o" | "-g" | "--mode" | "--owner" | "--group") => {
                words.next();
            }
            None if word.starts_with('-') => {}
            None => paths.push(*word),
        }
    }
    folder
        .or_else(|| paths.pop())
        .map(target)
        .into_iter()
        .collect()
}

/// The words of a command, and the files that it is redirected to.
pub(super) fn without_redirections(words: &[String]) -> (Vec<&str>, Vec<&str>) {
    let mut kept = Vec::new();
    let mut files = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        // Text in quotes, and the arrows of other languages.
        if word.contains(char::is_whitespace) || word.contains("->") || word.contains("=>") {
            kept.push(word);
        } else if let Some((before, file)) = word.split_once('>') {
            let file = file.trim_start_matches(['>', '|']);
            if !before.is_empty() && before.chars().any(|c| !c.is_ascii_digit()) {
                kept.push(before);
            }
            match file {
                "" => files.extend(words.next()),
                file if file.starts_with('&') => {}
                file => files.push(file),
            }
        } else if let Some(file) = word.strip_prefix('<') {
            if file.is_empty() {
                words.next();
            }
        } else {
            kept.push(word);
        }
    }
    (kept, files)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_of_an_image_are_made_plain() {
        let app = Some(Utf8Path::new("/app"));
        assert_eq!(below(app, "./x/../y/"), Some("/app/y".into()));
        assert_eq!(below(app, "/../etc"), Some("/etc".into()));
        assert_eq!(below(None, "x"), None);
        assert_eq!(below(app, "/$dir"), None);
    }

    #[test]
    fn a_folder_is_left_at_the_end_of_its_subshell() {
        let effects = effects(
            "(cd a && (cd b; x > 1); y > 2) && z >3; cd $(pwd)/c; w > 4",
            Some("/".as_ref()),
        );
        let paths: Vec<_> = effects.written.iter().map(Target::path).collect();
        let known = |path: &str| Some(Utf8PathBuf::from(path));
        assert_eq!(paths, [known("/a/b/1"), known("/a/2"), known("/3"), None]);
    }

    #[test]
    fn descriptors_and_quoted_arrows_are_no_files() {
        let effects = effects("a 2>&1 >&2 'x > y' a->b < in <<EOF 2>err | tee -a c", None);
        let words: Vec<_> = effects.written.iter().map(Target::word).collect();
        assert_eq!(words, ["err", "c"]);
    }

    #[test]
    fn a_secret_is_left_where_it_is_copied_to() {
        for (script, files) in [
            (
                "cp /run/secrets/x /root/.npmrc && npm ci",
                &["/root/.npmrc"][..],
            ),
            (
                "cp /run/secrets/x /root/.npmrc && npm ci && rm -f /root/.npmrc",
                &[],
            ),
            ("cp /run/secrets/x y/z; rm -r y", &[]),
            ("echo \"token=$(cat /run/secrets/x)\" >> a; npm ci", &["a"]),
            ("cat /run/secrets/x | base64 -d > key.json", &["key.json"]),
            ("cat /run/secrets/x | tee -a key", &["key"]),
            (
                "cat /run/secrets/x | docker login --password-stdin > log",
                &[],
            ),
            ("curl -H @/run/secrets/x https://a > b", &[]),
            ("cat /run/secrets/x > /dev/null; cat y > z", &[]),
            ("ln -s /run/secrets/x /root/.npmrc", &[]),
            (
                "git config --global url.\"https://$(cat /run/secrets/x)@a/\".insteadOf https://a/",
                &["~/.gitconfig"],
            ),
            (
                "npm config set //a/:_authToken=$(cat /run/secrets/x) && npm ci; rm /root/.npmrc",
                &[],
            ),
            (
                "git config --global a.b \"$(cat /run/secrets/x)\"; make; git config --global --unset a.b",
                &[],
            ),
        ] {
            let kept = kept(script, |word| word.contains("/run/secrets/x"));
            assert_eq!(kept, files, "{script}");
        }
    }

    proptest! {
        #[test]
        fn any_script_is_understood_or_not(script in r#"([a-z$(){}'"`<>&|;\\/*?~ \n-]|cd |sh -c |tee |cp |é){0,60}"#) {
            for target in effects(&script, Some("/".as_ref())).written {
                target.may_be("/exit-code".as_ref());
            }
            kept(&script, |word| word.contains('a'));
        }
    }
}
