//! Which files the commands of a `RUN` write, as far as the script itself tells.

use camino::{Utf8Path, Utf8PathBuf};

use super::clean;
use super::shell::{Command, Compound, Kind, Part, Redirection, Statement, read, written_files};

/// Programs that run another one.
const RUNNING: [&str; 4] = ["command", "env", "exec", "sudo"];
/// Programs that write no file that they are given.
const SILENT: [&str; 29] = [
    ":", "[", "[[", "cat", "chmod", "chown", "echo", "exit", "export", "false", "grep", "head",
    "local", "ls", "mkdir", "printf", "pwd", "read", "return", "rm", "rmdir", "set", "shift",
    "sleep", "tail", "test", "touch", "true", "wait",
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
    fn new(word: &str, folder: Option<&Utf8Path>) -> Self {
        Self {
            word: word.to_owned(),
            folder: folder.map(Utf8Path::to_owned),
        }
    }

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
    effects.list(&read(script), &mut folder.map(Utf8Path::to_owned));
    effects
}

/// Programs that pass on what they are given.
const PASSING: [&str; 12] = [
    "awk", "base64", "cat", "cp", "echo", "envsubst", "install", "mv", "printf", "sed", "tee", "tr",
];

/// Where a script leaves what one of these words stands for, such as the path of a mounted secret: files that a later command of the script does not delete.
pub fn kept(script: &str, is_secret: impl Fn(&str) -> bool) -> Vec<String> {
    let mut kept = Kept {
        is_secret: &is_secret,
        files: Vec::new(),
    };
    kept.list(&read(script), false);
    kept.files.retain(|file| !file.starts_with("/dev/"));
    kept.files
}

/// What is left of a secret.
struct Kept<'a> {
    is_secret: &'a dyn Fn(&str) -> bool,
    files: Vec<String>,
}

impl Kept<'_> {
    /// Whether statements print the secret, into which it may be piped.
    fn list(&mut self, list: &[Statement], is_piped: bool) -> bool {
        let mut is_printed = false;
        for (_, pipeline) in list.iter().flat_map(|statement| &statement.pipelines) {
            let parts = pipeline.parts.iter();
            is_printed |= parts.fold(is_piped, |is_piped, part| self.part(part, is_piped));
        }
        is_printed
    }

    fn part(&mut self, part: &Part, is_piped: bool) -> bool {
        let (compound, redirections) = match part {
            Part::Simple(command) => return self.command(command, is_piped),
            Part::Compound(compound, redirections) => (compound, redirections),
        };
        let is_piped = is_piped || redirections.iter().any(|own| self.reads(own));
        let mut is_printed = false;
        for list in compound.lists() {
            is_printed |= self.list(list, is_piped);
        }
        if is_printed {
            self.files
                .extend(written_files(redirections).map(str::to_owned));
        }
        is_printed
    }

    /// Whether a command is given the secret by a redirection.
    fn reads(&self, redirection: &Redirection) -> bool {
        match redirection.kind {
            Kind::Read => (self.is_secret)(&redirection.target),
            // A path in it is a path.
            Kind::Text => {
                let mut lines = redirection.target.lines();
                lines.any(|line| line.contains(['$', '`']) && (self.is_secret)(line))
            }
            _ => false,
        }
    }

    fn command(&mut self, command: &Command, is_piped: bool) -> bool {
        let words: Vec<&str> = command.words().map(String::as_str).collect();
        let has_secret = words.iter().any(|word| (self.is_secret)(word))
            || command.redirections.iter().any(|own| self.reads(own));
        let is_printed = PASSING.contains(&command.program()) && (has_secret || is_piped);
        if let (true, Some(file)) = (has_secret, configured(&words)) {
            self.files.push(file.to_owned());
        }
        if is_printed {
            self.files
                .extend(command.written_files().map(str::to_owned));
            let arguments = words.get(1..).unwrap_or_default();
            match command.program() {
                "cp" | "install" | "mv" => self.files.extend(moved(arguments, str::to_owned)),
                "tee" => {
                    let named = arguments.iter().filter(|word| !word.starts_with('-'));
                    self.files.extend(named.map(|word| (*word).to_owned()));
                }
                _ => {}
            }
        }
        if command.program() == "rm" {
            let is_of_home = |word: &str, file: &str| {
                let name = file.strip_prefix("~/");
                name.is_some_and(|name| Utf8Path::new(word).ends_with(name))
            };
            self.files.retain(|file| {
                let mut words = words.iter();
                !words.any(|word| Utf8Path::new(file).starts_with(word) || is_of_home(word, file))
            });
        }
        let unsets = |word: &&str| word.starts_with("--unset") || *word == "--remove-section";
        if command.program() == "git" && words.iter().any(unsets) {
            self.files.retain(|file| file != "~/.gitconfig");
        }
        is_printed
    }
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

impl Effects {
    /// Adds what statements do; the folder is the one in which the next of them runs.
    fn list(&mut self, list: &[Statement], folder: &mut Option<Utf8PathBuf>) {
        for (_, pipeline) in list.iter().flat_map(|statement| &statement.pipelines) {
            for part in &pipeline.parts {
                // Each is a shell of its own.
                let mut own = folder.clone();
                let is_alone = pipeline.parts.len() == 1;
                self.part(part, if is_alone { &mut *folder } else { &mut own });
            }
        }
    }

    fn part(&mut self, part: &Part, folder: &mut Option<Utf8PathBuf>) {
        match part {
            Part::Simple(command) => {
                self.command(command, folder.as_deref());
                match command.program() {
                    "cd" | "pushd" => {
                        let mut words = command.arguments.iter();
                        let to = words.find(|word| !word.starts_with("--"));
                        let to = to.filter(|to| *to != "-");
                        *folder = to.and_then(|to| below(folder.as_deref(), to));
                    }
                    "popd" => *folder = None,
                    _ => {}
                }
            }
            Part::Compound(compound, redirections) => {
                self.redirected(redirections, folder.as_deref());
                let mut own = folder.clone();
                let is_subshell = matches!(compound, Compound::Subshell(_));
                let folder = if is_subshell { &mut own } else { folder };
                for list in compound.lists() {
                    self.list(list, folder);
                }
            }
        }
    }

    /// Adds the files that redirections name.
    pub(super) fn redirected(&mut self, redirections: &[Redirection], folder: Option<&Utf8Path>) {
        let written = written_files(redirections);
        self.written
            .extend(written.map(|word| Target::new(word, folder)));
        let targets = redirections.iter().filter(|own| own.does_more());
        let named = targets.filter(|own| matches!(own.kind, Kind::Read | Kind::Write));
        self.words.extend(named.map(|own| own.target.clone()));
    }

    /// Adds what one command does.
    pub(super) fn command(&mut self, command: &Command, folder: Option<&Utf8Path>) {
        let target = |word: &str| Target::new(word, folder);
        self.is_unseen |= command.is_computed() || command.is_text();
        self.words.extend(command.words().cloned());
        self.redirected(&command.redirections, folder);
        let words = command.words().map(String::as_str);
        let words: Vec<&str> = words.skip_while(|word| RUNNING.contains(word)).collect();
        let Some((program, arguments)) = words.split_first() else {
            return;
        };
        let program = program.rsplit('/').next().unwrap_or(program);
        match program {
            "cd" | "pushd" | "popd" => {}
            "tee" => {
                let files = arguments.iter().filter(|word| !word.starts_with('-'));
                self.written.extend(files.map(|word| target(word)));
            }
            "cp" | "install" | "ln" | "mv" => self.moved.extend(moved(arguments, target)),
            "eval" | "trap" => self.nested(arguments.first().copied(), folder),
            shell if SHELLS.contains(&shell) => {
                let is_text = |word: &&str| {
                    word.starts_with('-') && !word.starts_with("--") && word.ends_with('c')
                };
                let mut options = arguments.iter().copied();
                let text = match options.position(|word| is_text(&word)) {
                    Some(_) => options.next(),
                    // One in another may go on for ever.
                    None => command.here_document().filter(|text| !text.contains("<<")),
                };
                self.nested(text, folder);
            }
            silent if SILENT.contains(&silent) => {}
            _ => {
                self.is_unseen = true;
                let values = arguments
                    .iter()
                    .map(|word| word.split_once('=').map_or(*word, |(_, value)| value));
                self.given.extend(values.map(target));
            }
        }
    }

    /// Adds what a script in an argument does; without one it is in a file.
    fn nested(&mut self, script: Option<&str>, folder: Option<&Utf8Path>) {
        match script {
            Some(script) => self.list(&read(script), &mut folder.map(Utf8Path::to_owned)),
            None => self.is_unseen = true,
        }
    }
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
        let effects = effects(
            "a 2>&1 >&2 'x > y' 'a->b' < in <<EOF 2>err | tee -a c\nd > e\nEOF",
            None,
        );
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
                "cat > ~/.npmrc <<EOF\na=$(cat /run/secrets/x)\nEOF\nnpm ci",
                &["~/.npmrc"],
            ),
            (
                "cat > ~/.npmrc <<EOF\na=$(cat /run/secrets/x)\nEOF\nnpm ci; rm ~/.npmrc",
                &[],
            ),
            (
                "tee -a \"${HOME}/.netrc\" <<-EOF >/dev/null\n\ta `cat /run/secrets/x`\n\tEOF\n",
                &["${HOME}/.netrc"],
            ),
            ("cat <<EOF | tee a\n$(cat /run/secrets/x)\nEOF", &["a"]),
            ("cat > a <<'EOF'\n$(cat /run/secrets/x)\nEOF", &[]),
            ("cat > a <<EOF\nkey=/run/secrets/x\nEOF", &[]),
            ("base64 -d <<< $(cat /run/secrets/x) > a", &["a"]),
            ("{ echo a; cat /run/secrets/x; } > b", &["b"]),
            ("(base64 -d > a) < /run/secrets/x", &["a"]),
            (
                "if [ -f /run/secrets/x ]; then cp /run/secrets/x a; fi",
                &["a"],
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
