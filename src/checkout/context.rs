//! A build context: the folder of a checkout that BuildKit is sent, without what `.dockerignore` leaves out.
//!
//! `tests/verify_for_real.rs` holds it against BuildKit, whose `patternmatcher` and `ResolveWildcards` have the rules.

use camino::{Utf8Path, Utf8PathBuf};
use globset::{Glob, GlobBuilder, GlobMatcher};
use walkdir::WalkDir;

use super::dockerfile::Word;
use super::{Checkout, clean};

/// What makes a pattern of a path in a `COPY`.
pub const WILDCARDS: [char; 3] = ['*', '?', '['];

/// The most symbolic links that are followed for one path; more are a circle.
const MAX_LINKS: usize = 40;

/// The files that a build can copy.
#[derive(Debug)]
pub struct Context {
    /// Its folder, relative to the checkout; empty for the whole.
    folder: Utf8PathBuf,
    /// The same, to be opened.
    root: Utf8PathBuf,
    /// The Dockerfile, relative to the context, if it stands there.
    dockerfile: Option<Utf8PathBuf>,
    ignore_file: Utf8PathBuf,
    patterns: Vec<Pattern>,
}

/// A line of `.dockerignore`.
#[derive(Debug)]
struct Pattern {
    matcher: GlobMatcher,
    /// Whether it begins with `!`.
    is_exception: bool,
}

/// What a path in a `COPY` finds in a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Files.
    Files,
    /// A pattern without a match in this folder, of which BuildKit is sent only what is copied: the build fails if that is nothing else.
    NothingIn(Utf8PathBuf),
    /// A pattern without a match, or a folder in which there is no file but the Dockerfile: the build goes on.
    Nothing,
    /// Nothing either, and the build fails.
    Missing,
}

impl Context {
    /// That of a folder of the checkout, for a build with this Dockerfile.
    ///
    /// # Errors
    ///
    /// When the file that says what is left out is there and can't be read.
    pub fn open(
        checkout: &Checkout,
        folder: &Utf8Path,
        dockerfile: &Utf8Path,
    ) -> anyhow::Result<Self> {
        let folder = clean(folder);
        // BuildKit reads the file that is named after the Dockerfile, else that of the context.
        let own = Utf8PathBuf::from(format!("{dockerfile}.dockerignore"));
        let shared = folder.join(".dockerignore");
        let mut context = Self {
            root: checkout.root().join(&folder),
            dockerfile: dockerfile.strip_prefix(&folder).ok().map(clean),
            ignore_file: shared.clone(),
            patterns: Vec::new(),
            folder,
        };
        for path in [own, shared] {
            if let Some(source) = checkout.read(&path)? {
                context.patterns = source.text.lines().filter_map(pattern).collect();
                context.ignore_file = path;
                break;
            }
        }
        Ok(context)
    }

    /// The file that says what is left out, relative to the checkout, or the one to write.
    pub fn ignore_file(&self) -> &Utf8Path {
        &self.ignore_file
    }

    /// Its folder, relative to the checkout: `.` for the whole.
    pub fn folder(&self) -> &str {
        match self.folder.as_str() {
            "" => ".",
            folder => folder,
        }
    }

    /// Whether it leaves a path out: the last pattern that matches the path or a folder above it decides.
    pub fn is_ignored(&self, path: &Utf8Path) -> bool {
        is_left_out(&self.patterns, path)
    }

    /// What the source of a `COPY` finds, as it is written without quotes.
    pub fn find(&self, source: &str) -> Found {
        let path = clean(source.as_ref());
        let is_pattern = |part: &str| part.contains(WILDCARDS);
        let parts: Vec<&str> = path.iter().collect();
        let fixed = parts.iter().position(|part| is_pattern(part));
        let (fixed, pattern) = parts.split_at(fixed.unwrap_or(parts.len()));
        let fixed: Utf8PathBuf = fixed.iter().collect();
        // For a pattern, BuildKit needs the folder before the first wildcard, and no match.
        let Some(target) = self.resolve(&fixed) else {
            return Found::Missing;
        };
        if !(self.is_sent(&fixed) && self.is_sent(&target)) {
            return Found::Missing;
        }
        let has_some = match pattern {
            [] => self.files(&target).next().is_some(),
            pattern => self.has_match(&target, pattern),
        };
        match has_some {
            true => Found::Files,
            // For the sake of a match alone a folder is sent that is left out itself.
            false if !pattern.is_empty() && self.is_ignored(&fixed) => Found::Missing,
            false if !pattern.is_empty() && fixed != "" => Found::NothingIn(fixed),
            false => Found::Nothing,
        }
    }

    /// Whether its folder has the path on the disk, be it left out or not.
    pub fn has_on_disk(&self, path: &str) -> bool {
        self.resolve(&clean(path.as_ref())).is_some()
    }

    /// The names beside a path.
    pub fn siblings(&self, path: &Utf8Path) -> Vec<String> {
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let entries = self.root.join(folder).read_dir_utf8();
        let entries = entries.into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_owned()).collect()
    }

    /// Where a path leads to. Symbolic links are followed as in a container of which the context is the root: none leads out.
    fn resolve(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let parts =
            |path: &Utf8Path| -> Vec<String> { path.iter().rev().map(str::to_owned).collect() };
        let mut rest = parts(path);
        let mut at = Utf8PathBuf::new();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            match part.as_str() {
                "/" => at = Utf8PathBuf::new(),
                "." => {}
                ".." => {
                    at.pop();
                }
                part => {
                    let next = at.join(part);
                    let whole = self.root.join(&next);
                    if !whole.symlink_metadata().ok()?.is_symlink() {
                        at = next;
                        continue;
                    }
                    links += 1;
                    if links > MAX_LINKS {
                        return None;
                    }
                    rest.extend(parts(&whole.read_link_utf8().ok()?));
                }
            }
        }
        Some(at)
    }

    /// Whether BuildKit is sent a path that is there: a folder that is left out is sent for the files in it that are not.
    fn is_sent(&self, path: &Utf8Path) -> bool {
        path.as_str().is_empty() || !self.is_ignored(path) || self.files(path).next().is_some()
    }

    /// The files at a path or below it that are sent, without those that say how to build.
    fn files(&self, path: &Utf8Path) -> impl Iterator<Item = Utf8PathBuf> {
        let has_exceptions = self.patterns.iter().any(|pattern| pattern.is_exception);
        let relative = |path: &std::path::Path| {
            let path = Utf8Path::from_path(path)?.strip_prefix(&self.root).ok()?;
            Some(path.to_owned())
        };
        // Without exceptions, nothing below an ignored folder is sent.
        let is_wanted = move |path: &std::path::Path| {
            has_exceptions || relative(path).is_none_or(|path| !self.is_ignored(&path))
        };
        WalkDir::new(self.root.join(path))
            .into_iter()
            .filter_entry(move |entry| is_wanted(entry.path()))
            .flatten()
            .filter(|entry| !entry.file_type().is_dir())
            .filter_map(move |entry| relative(entry.path()))
            .filter(|file| !self.is_ignored(file) && !self.says_how_to_build(file, path))
    }

    /// Whether a file below a copied folder is there for BuildKit alone.
    fn says_how_to_build(&self, file: &Utf8Path, copied: &Utf8Path) -> bool {
        let is_dockerfile = self.dockerfile.as_deref() == Some(file);
        file != copied && (is_dockerfile || file.as_str().ends_with(".dockerignore"))
    }

    /// Whether anything below a folder that is sent matches a pattern.
    fn has_match(&self, folder: &Utf8Path, pattern: &[&str]) -> bool {
        // What can't be understood counts as matched.
        let Some(glob) = glob(&pattern.join("/").replace("**", "*")) else {
            return true;
        };
        let matcher = glob.compile_matcher();
        let start = self.root.join(folder);
        let walk = WalkDir::new(&start).min_depth(pattern.len());
        let mut entries = walk.max_depth(pattern.len()).into_iter().flatten();
        entries.any(|entry| {
            let below = |root: &Utf8Path| {
                let path = Utf8Path::from_path(entry.path())?;
                path.strip_prefix(root).ok().map(Utf8Path::to_owned)
            };
            let is_match = below(&start).is_some_and(|path| matcher.is_match(path));
            let is_copied =
                |path: Utf8PathBuf| self.is_sent(&path) && !self.says_how_to_build(&path, folder);
            is_match && below(&self.root).is_some_and(is_copied)
        })
    }
}

fn is_left_out(patterns: &[Pattern], path: &Utf8Path) -> bool {
    let is_match = |pattern: &&Pattern| {
        let mut paths = path.ancestors().filter(|path| !path.as_str().is_empty());
        paths.any(|path| pattern.matcher.is_match(path))
    };
    let last = patterns.iter().rev().find(is_match);
    last.is_some_and(|pattern| !pattern.is_exception)
}

/// Whether the `--exclude`s of a `COPY` leave out a path below what is copied, as far as can be known.
pub fn is_excluded(excluded: &[String], path: &Utf8Path) -> bool {
    let known = excluded.iter().filter(|line| !line.contains('$'));
    // What begins with a slash matches nothing, other than in `.dockerignore`.
    let relative = known.filter(|line| !line.trim_start_matches('!').starts_with('/'));
    let patterns: Vec<Pattern> = relative.filter_map(|line| pattern(line)).collect();
    is_left_out(&patterns, path)
}

/// Whether the source of a `COPY` is a pattern that matches a path, both whole; `None` if it can't be understood.
pub fn matches(pattern: &Utf8Path, path: &Utf8Path) -> Option<bool> {
    let glob = glob(&pattern.as_str().replace("**", "*"))?;
    Some(glob.compile_matcher().is_match(path))
}

/// A line of `.dockerignore`; `None` if it says nothing.
fn pattern(line: &str) -> Option<Pattern> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let (line, is_exception) = match line.strip_prefix('!') {
        Some(line) => (line.trim(), true),
        None => (line, false),
    };
    let path = clean(line.as_ref()).into_string();
    // `**.rs` is any path that ends so.
    let path = match path.strip_prefix("**") {
        Some(end) if !end.is_empty() && !end.starts_with('/') => format!("**/*{end}"),
        _ => path,
    };
    let matcher = (!path.is_empty()).then(|| glob(&path))??.compile_matcher();
    Some(Pattern {
        matcher,
        is_exception,
    })
}

/// A pattern of Go, which knows no braces, and of which `!` is a sign like others in brackets.
fn glob(pattern: &str) -> Option<Glob> {
    let pattern = pattern
        .replace('{', "[{]")
        .replace('}', "[}]")
        .replace("[!", "[ -!");
    let mut builder = GlobBuilder::new(&pattern);
    builder.literal_separator(true).build().ok()
}

/// Of the paths that are copied, the one that takes a folder along, among others.
pub fn copied_along<'a>(
    paths: impl IntoIterator<Item = &'a Word>,
    folder: &Utf8Path,
) -> Option<&'a Word> {
    paths.into_iter().find(|source| {
        let path = clean(source.value.as_ref());
        // Shells' `*` does not match a dot at the beginning; BuildKit's does.
        path == "*" || (folder != path && folder.starts_with(&path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A context with these files and this `.dockerignore`.
    fn context(files: &[&str], ignored: &str) -> (tempfile::TempDir, Context) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for file in files {
            let path = root.join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        fs_err::write(root.join(".dockerignore"), ignored).unwrap();
        let checkout = Checkout::open(root).unwrap();
        let context = Context::open(&checkout, Utf8Path::new("."), Utf8Path::new("Dockerfile"));
        (folder, context.unwrap())
    }

    #[test]
    fn the_last_pattern_that_matches_decides() {
        let ignored = |lines: &str, path: &str| {
            let (_folder, context) = context(&[], lines);
            context.is_ignored(Utf8Path::new(path))
        };
        for pattern in [
            "build",
            "**/build",
            "b*",
            "*",
            "build/**",
            "build/*",
            "**",
            "/build/",
            "./build",
            "/../build",
        ] {
            assert!(ignored(pattern, "build/file"), "{pattern}");
        }
        for pattern in [
            "builds",
            "*/build",
            "uild",
            "build/x",
            "[",
            "app/*",
            "# build",
            "{build,x}",
        ] {
            assert!(!ignored(pattern, "build/file"), "{pattern}");
        }
        assert!(!ignored("*\n! build", "build/file"));
        assert!(ignored("!build\n*", "build/file"));
        assert!(ignored("**.rs", "src/x.rs"));
    }

    #[test]
    fn the_folder_before_a_wildcard_must_be_there() {
        let (_folder, context) = context(&["Dockerfile", "src/a.rs"], "");
        for (source, found) in [
            ("src", Found::Files),
            ("/../src/./a.rs", Found::Files),
            ("*/a.rs", Found::Files),
            ("Dockerfile", Found::Files),
            ("no*", Found::Nothing),
            ("src/[^a].rs", Found::NothingIn("src".into())),
            ("no/*", Found::Missing),
            ("no", Found::Missing),
            ("src/a.rs/b", Found::Missing),
        ] {
            assert_eq!(context.find(source), found, "{source}");
        }
    }

    #[test]
    fn a_dockerfile_alone_is_nothing_to_copy() {
        let (_folder, bare) = context(&["Dockerfile"], "");
        assert_eq!(
            (bare.find("."), bare.find("*")),
            (Found::Nothing, Found::Nothing)
        );
        let (_folder, full) = context(&["Dockerfile", "a"], "");
        assert_eq!(
            (full.find("."), full.find("*")),
            (Found::Files, Found::Files)
        );
    }
}
