//! Which files the commands of a `RUN` write, as far as the script itself tells.

use std::collections::BTreeSet;

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
const PASSING: [&str; 18] = [
    "awk", "base64", "cat", "cp", "cut", "dd", "echo", "envsubst", "head", "install", "jq", "mv",
    "printf", "sed", "tail", "tar", "tee", "tr",
];

/// So deep are `$(…)` followed in each other.
const MAX_DEPTH: usize = 8;

/// Where a script leaves a mounted secret, which is in a file or in a variable: files that a later command of the script does not delete.
pub fn kept(script: &str, path: Option<&str>, variable: Option<&str>) -> Vec<String> {
    let mut kept = Kept {
        path,
        variables: variable.into_iter().map(str::to_owned).collect(),
        files: Vec::new(),
        depth: 0,
    };
    kept.list(&read(script), false);
    kept.files.retain(|file| !file.starts_with("/dev/"));
    kept.files
}

/// What is left of a secret.
struct Kept<'a> {
    path: Option<&'a str>,
    /// The variables that have it.
    variables: BTreeSet<String>,
    files: Vec<String>,
    /// In so many `$(…)` a command is.
    depth: usize,
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
    fn reads(&mut self, redirection: &Redirection) -> bool {
        match redirection.kind {
            Kind::Read => self.names(&redirection.target),
            // A path in it is a path.
            Kind::Text => self.holds(&redirection.target),
            _ => false,
        }
    }

    /// Whether a word has the path of the secret in it.
    fn names(&self, word: &str) -> bool {
        self.path.is_some_and(|path| word.contains(path))
    }

    /// Whether the shell makes a word of the secret: `$(cat /run/secrets/x)`, or a variable that has it. What a program does with it in `$(curl -u …)` is another word.
    fn holds(&mut self, word: &str) -> bool {
        let (rest, scripts) = computed(word);
        let has_variable = self.variables.iter().any(|name| {
            let parts = rest.split('$').skip(1);
            let mut names = parts.map(|part| part.strip_prefix('{').unwrap_or(part));
            names.any(|part| {
                let after = part.strip_prefix(name.as_str());
                after.is_some_and(|after| {
                    !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '+')
                        && !after.starts_with(":+")
                })
            })
        });
        if has_variable || self.depth == MAX_DEPTH {
            return has_variable;
        }
        self.depth += 1;
        // Of `$(< file)` there is no command.
        let holds = scripts.iter().any(|script| {
            let script = script.trim();
            match script.strip_prefix('<') {
                Some(file) => self.names(file),
                None => self.list(&read(script), false),
            }
        });
        self.depth -= 1;
        holds
    }

    /// Notes whether a variable has the secret from now on.
    fn set(&mut self, name: &str, has_secret: bool) {
        match has_secret {
            true => self.variables.insert(name.to_owned()),
            false => self.variables.remove(name),
        };
    }

    fn command(&mut self, command: &Command, is_piped: bool) -> bool {
        let literals = literals(&command.written);
        let words = command.words().map(|word| {
            let mut word = word.clone();
            for literal in &literals {
                word = word.replace(literal, "");
            }
            word
        });
        let words: Vec<String> = words.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let arguments = words.get(1..).unwrap_or_default();
        let program = command.program();
        let is_given = command.redirections.iter().any(|own| self.reads(own));
        let mut has_variable = false;
        for (name, value) in &command.env {
            let holds = self.holds(value);
            has_variable |= holds;
            if program.is_empty() {
                self.set(name, holds);
            }
        }
        match program {
            "export" | "declare" | "local" | "readonly" => {
                for (name, value) in arguments.iter().filter_map(|word| word.split_once('=')) {
                    let holds = self.holds(value);
                    self.set(name, holds);
                }
            }
            "read" => {
                for name in arguments.iter().filter(|word| !word.starts_with('-')) {
                    self.set(name, is_given || is_piped);
                }
            }
            _ => {}
        }
        let held: Vec<bool> = words.iter().map(|word| self.holds(word)).collect();
        let has_secret = is_given
            || has_variable
            || held.contains(&true)
            || words.iter().any(|word| self.names(word));
        // With the folder goes what is mounted in it.
        let has_folder = matches!(program, "cp" | "tar")
            && self.path.is_some_and(|path| {
                let mut folders = arguments.iter().filter(|word| word.starts_with('/'));
                folders.any(|folder| Utf8Path::new(path).starts_with(folder))
            });
        let is_packed = program != "tar" || packed(arguments).is_some();
        let is_printed =
            PASSING.contains(&program) && is_packed && (has_secret || has_folder || is_piped);
        if let Some(file) = configured(&words, &held, is_given || is_piped) {
            self.files.push(file);
        }
        if is_printed {
            self.files
                .extend(command.written_files().map(str::to_owned));
            match program {
                "cp" | "install" | "mv" => self.files.extend(moved(arguments)),
                "dd" => {
                    let file = arguments.iter().filter_map(|word| word.strip_prefix("of="));
                    self.files.extend(file.map(str::to_owned));
                }
                "tar" => {
                    let file = packed(arguments).filter(|file| *file != "-");
                    self.files.extend(file.map(str::to_owned));
                }
                "tee" => {
                    let named = arguments.iter().filter(|word| !word.starts_with('-'));
                    self.files.extend(named.map(|word| (*word).to_owned()));
                }
                _ => {}
            }
        }
        self.deletes(&words);
        is_printed
    }

    /// Forgets what a command takes away.
    fn deletes(&mut self, words: &[&str]) {
        const UNSETTING: [&str; 5] = ["--remove-section", "delete", "logout", "remove", "unset"];
        let is_clone = |file: &str| file.ends_with(".git/config");
        match words {
            ["rm", ..] => {
                let is_of_home = |word: &str, file: &str| {
                    let name = file.strip_prefix("~/");
                    name.is_some_and(|name| {
                        let mut above = Utf8Path::new(name).ancestors();
                        above.any(|above| above != "" && Utf8Path::new(word).ends_with(above))
                    })
                };
                self.files.retain(|file| {
                    let mut words = words.iter();
                    !words.any(|word| {
                        Utf8Path::new(file).starts_with(word)
                            || is_of_home(word, file)
                            || (is_clone(file) && Utf8Path::new(word).ends_with(".git"))
                    })
                });
            }
            ["git", "remote", ..] | ["git", "-C", _, "remote", ..]
                if words
                    .iter()
                    .any(|word| ["remove", "rm", "set-url"].contains(word))
                    && !words.iter().any(|word| word.contains(['$', '`'])) =>
            {
                self.files.retain(|file| !is_clone(file));
            }
            [program, ..]
                if words
                    .iter()
                    .any(|word| word.starts_with("--unset") || UNSETTING.contains(word)) =>
            {
                if let Some(own) = configuration(program) {
                    self.files.retain(|file| file != own);
                }
            }
            _ => {}
        }
    }
}

/// The words of a command that stand in single quotes and would be computed without them.
pub(super) fn literals(written: &str) -> Vec<&str> {
    let mut literals = Vec::new();
    let mut rest = written;
    while let Some(at) = rest.find(['\'', '"', '\\']) {
        let (sign, inner) = rest[at..].split_at(1);
        rest = match sign {
            "\\" => inner.get(inner.chars().next().map_or(0, char::len_utf8)..),
            _ => inner.find(sign).map(|end| {
                if sign == "'" && inner[..end].contains(['$', '`']) {
                    literals.push(&inner[..end]);
                }
                &inner[end + 1..]
            }),
        }
        .unwrap_or_default();
    }
    literals
}

/// A word without what the shell runs to make it, and these scripts.
fn computed(word: &str) -> (String, Vec<&str>) {
    let mut rest = String::new();
    let mut scripts = Vec::new();
    let mut word = word;
    while let Some(at) = [word.find("$("), word.find('`')]
        .into_iter()
        .flatten()
        .min()
    {
        rest.push_str(&word[..at]);
        let is_old = word[at..].starts_with('`');
        let inner = &word[at + if is_old { 1 } else { 2 }..];
        let mut depth = 1_usize;
        let end = inner.find(|c| {
            match c {
                '`' if is_old => depth = 0,
                '(' if !is_old => depth += 1,
                ')' if !is_old => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let end = end.unwrap_or(inner.len());
        scripts.push(&inner[..end]);
        word = inner.get(end + 1..).unwrap_or_default();
    }
    rest.push_str(word);
    (rest, scripts)
}

/// The file that `tar` makes, or `-`; `None` if it makes none.
fn packed<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    let (letters, rest) = arguments.split_first()?;
    let is_made = *letters == "--create" || (!letters.starts_with("--") && letters.contains('c'));
    let long = rest.iter().find_map(|word| word.strip_prefix("--file="));
    let short = rest.iter().position(|word| *word == "-f").map(|at| at + 1);
    let short = short.or((letters.contains('f') && !letters.starts_with("--")).then_some(0));
    let file = long.or_else(|| rest.get(short?).copied());
    is_made.then_some(file.unwrap_or("-"))
}

/// The file in which a program keeps what it is told to configure for all of a user's projects.
fn configuration(program: &str) -> Option<&'static str> {
    Some(match program {
        "composer" => "~/.composer",
        "docker" => "~/.docker/config.json",
        "dotnet" => "~/.nuget/NuGet/NuGet.Config",
        "git" => "~/.gitconfig",
        "helm" => "~/.config/helm/registry/config.json",
        "npm" => "~/.npmrc",
        "pip" | "pip3" => "~/.config/pip/pip.conf",
        "poetry" => "~/.config/pypoetry/auth.toml",
        _ => return None,
    })
}

/// The file into which a command writes the secret that these of its words hold, or that it reads.
fn configured(words: &[&str], held: &[bool], reads: bool) -> Option<String> {
    let own = configuration(words.first()?);
    // What stands before a subcommand is for this command alone.
    let holds_from = |at: usize| held.get(at..).is_some_and(|held| held.contains(&true));
    match words {
        ["git", "config", "--global", ..]
        | ["npm", "config", "set", ..]
        | ["composer", "config", "--global" | "-g", ..]
        | ["pip" | "pip3", "config", ..]
        | ["poetry", "config", ..]
        | ["dotnet", "nuget", "add" | "update", "source", ..]
            if holds_from(2) =>
        {
            own.map(str::to_owned)
        }
        ["docker", "login", ..] | ["helm", "registry", "login", ..]
            if holds_from(2) || (reads && words.contains(&"--password-stdin")) =>
        {
            own.map(str::to_owned)
        }
        ["git", "remote", ..] if holds_from(2) => Some(".git/config".to_owned()),
        ["git", "-C", folder, "remote", ..] if holds_from(4) => {
            Some(format!("{folder}/.git/config"))
        }
        ["git", "clone", arguments @ ..] if holds_from(2) => {
            let last = arguments.last()?.trim_end_matches('/');
            let name = last.rsplit('/').next().unwrap_or_default();
            let folder = match last.contains("://") {
                true => name.trim_end_matches(".git"),
                false => last,
            };
            Some(format!("{folder}/.git/config"))
        }
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
            "cp" | "install" | "ln" | "mv" => {
                let files = moved(arguments);
                self.moved.extend(files.iter().map(|word| target(word)));
            }
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
fn moved(arguments: &[&str]) -> Vec<String> {
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
    let Some(to) = folder.or_else(|| paths.pop()) else {
        return Vec::new();
    };
    // Of others it is not known whether they are folders, and which names the copies have.
    let is_folder = folder.is_some() || to.ends_with('/') || paths.len() > 1;
    let names = paths.iter().map(|path| {
        let name = path.trim_end_matches('/').rsplit('/').next()?;
        let is_plain =
            !matches!(name, "" | "." | "..") && !name.contains(['$', '`', '*', '?', '[', '{', '(']);
        is_plain.then_some(name)
    });
    match names.collect::<Option<Vec<&str>>>() {
        Some(names) if is_folder && !arguments.contains(&"--parents") => {
            let to = to.trim_end_matches('/');
            names.iter().map(|name| format!("{to}/{name}")).collect()
        }
        _ => vec![to.to_owned()],
    }
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
                &["~/.docker/config.json"],
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
            (
                "T=$(cat /run/secrets/x) && echo \"a=$T\" > b; npm ci",
                &["b"],
            ),
            (
                "export T=`cat /run/secrets/x`; printf %s \"${T}\" > b",
                &["b"],
            ),
            ("T=\"$(< /run/secrets/x)\"; echo ${T:-none} > b", &["b"]),
            ("read -r T < /run/secrets/x; echo $T > b", &["b"]),
            ("T=$(cat /run/secrets/x) envsubst < a > b", &["b"]),
            ("T=$(cat /run/secrets/x) npm ci > log", &[]),
            ("T=$(cat /run/secrets/x); echo $TT ${T:+set} > b", &[]),
            ("T=$(cat /run/secrets/x); echo 'a=${T}' > b", &[]),
            ("T=$(cat /run/secrets/x); T=; echo $T > b", &[]),
            ("T=/run/secrets/x; echo \"file=$T\" > b", &[]),
            (
                "V=$(curl -u \"$(cat /run/secrets/x)\" https://a); echo $V > b",
                &[],
            ),
            (
                "T=$(cat /run/secrets/x); echo $(curl -u $T https://a) > b",
                &[],
            ),
            ("T=$(sha256sum /run/secrets/x); echo $T > b", &[]),
            (
                "git clone https://x:$(cat /run/secrets/x)@h/r.git",
                &["r/.git/config"],
            ),
            (
                "git clone https://x:$(cat /run/secrets/x)@h/r.git s && rm -rf s/.git",
                &[],
            ),
            (
                "git clone https://x:$(cat /run/secrets/x)@h/r.git; cd r; rm -r .git",
                &[],
            ),
            (
                "git clone https://x:$(cat /run/secrets/x)@h/r.git r; git -C r remote remove origin",
                &[],
            ),
            (
                "git -c http.extraHeader=\"A: $(cat /run/secrets/x)\" clone https://h/r.git",
                &[],
            ),
            (
                "git clone -c core.sshCommand='ssh -i /run/secrets/x' git@h:r.git",
                &[],
            ),
            (
                "git config --global core.sshCommand 'ssh -i /run/secrets/x'",
                &[],
            ),
            (
                "git remote set-url origin https://x:$(cat /run/secrets/x)@h/r.git",
                &[".git/config"],
            ),
            (
                "pip config set global.index-url https://u:$(cat /run/secrets/x)@h",
                &["~/.config/pip/pip.conf"],
            ),
            (
                "pip install --index-url https://u:$(cat /run/secrets/x)@h a",
                &[],
            ),
            (
                "poetry config http-basic.x u $(cat /run/secrets/x)",
                &["~/.config/pypoetry/auth.toml"],
            ),
            (
                "poetry config http-basic.x u $(cat /run/secrets/x); poetry install; poetry config --unset http-basic.x",
                &[],
            ),
            (
                "dotnet nuget add source https://h -p $(cat /run/secrets/x) --store-password-in-clear-text",
                &["~/.nuget/NuGet/NuGet.Config"],
            ),
            (
                "helm registry login h -u x -p $(cat /run/secrets/x)",
                &["~/.config/helm/registry/config.json"],
            ),
            (
                "docker login -p $(cat /run/secrets/x) h; docker pull h/a; docker logout h",
                &[],
            ),
            (
                "docker login --password-stdin < /run/secrets/x; rm -rf /root/.docker",
                &[],
            ),
            ("dd if=/run/secrets/x of=/a", &["/a"]),
            ("tar cf a.tar /run/secrets", &["a.tar"]),
            ("tar -cz /run/secrets > a.tgz", &["a.tgz"]),
            ("tar cf a.tar /app; tar xf /run/secrets/x", &[]),
        ] {
            let kept = kept(script, Some("/run/secrets/x"), None);
            assert_eq!(kept, files, "{script}");
        }
    }

    #[test]
    fn what_is_nested_deeply_takes_no_time() {
        let (begin, end) = ("export a=$(".repeat(60), ")".repeat(60));
        assert!(kept(&format!("{begin}cat a{end}"), Some("b"), None).is_empty());
    }

    proptest! {
        #[test]
        fn any_script_is_understood_or_not(script in r#"([a-z$(){}'"`<>&|;\\/*?~ \n-]|cd |sh -c |tee |cp |é){0,60}"#) {
            for target in effects(&script, Some("/".as_ref())).written {
                target.may_be("/exit-code".as_ref());
            }
            kept(&script, Some("a"), Some("b"));
        }
    }
}
