//! What is wrong with the input, and the only place that prints it.
//!
//! Checks anywhere make [`Diagnostic`]s and go on, so that a user sees every mistake of every file at once. Each kind of mistake has a stable [`Code`].

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Effects, Style};
use camino::Utf8PathBuf;
use serde_json::{Value, json};

use crate::source::Place;
use crate::{github, markdown};

/// Declares [`Code`] together with its stable spelling and its description, so that none can be forgotten.
macro_rules! codes {
    (
        mistakes { $(#[doc = $mistake_doc:literal] $mistake:ident = $mistake_name:literal,)* }
        findings { $(#[doc = $finding_doc:literal] $severity:ident $finding:ident = $finding_name:literal,)* }
    ) => {
        /// The kind of a mistake or finding. The spellings are a promise: scripts match them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $mistake_doc] $mistake,)*
            $(#[doc = $finding_doc] $finding,)*
        }

        impl Code {
            /// Every kind of mistake in a workspace; `docs/mistakes.md` lists them.
            pub const MISTAKES: &[Self] = &[$(Self::$mistake),*];
            /// Every kind of finding in a checkout; `docs/findings/` has a page for each.
            pub const FINDINGS: &[Self] = &[$(Self::$finding),*];

            /// The stable, kebab-case spelling.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$mistake => $mistake_name,)*
                    $(Self::$finding => $finding_name,)*
                }
            }

            /// What it is, in one sentence.
            pub fn description(self) -> &'static str {
                let text = match self {
                    $(Self::$mistake => $mistake_doc,)*
                    $(Self::$finding => $finding_doc,)*
                };
                text.trim_start()
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$mistake => Severity::Error,)*
                    $(Self::$finding => Severity::$severity,)*
                }
            }
        }
    };
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It can't work.
    Error,
    /// It works, and not as it should.
    Warning,
}

impl Severity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

codes! {
    mistakes {
        /// The file is not TOML.
        Syntax = "syntax",
        /// A key that the language does not have.
        UnknownKey = "unknown-key",
        /// A value of another type than its key takes.
        WrongType = "wrong-type",
        /// A value outside a fixed list.
        UnknownValue = "unknown-value",
        /// A key that is needed and stands nowhere.
        MissingKey = "missing-key",
        /// A value that breaks the rules of its field.
        InvalidValue = "invalid-value",
        /// Keys that exclude each other, or of which one needs the other.
        ConflictingKeys = "conflicting-keys",
        /// A project sets what the library has locked.
        LockedKey = "locked-key",
        /// A reference to something that is not declared.
        UnknownName = "unknown-name",
        /// Two names that become the same in the output.
        NameCollision = "name-collision",
        /// A name that would hide something of Jenkins or of the library.
        ShadowedName = "shadowed-name",
    }
    findings {
        /// The Dockerfile of an image is not in the checkout.
        Error MissingDockerfile = "missing-dockerfile",
        /// A file of the checkout that is none to read: a link that leaves it, a pipe, a file of extreme size.
        Error UnreadableFile = "unreadable-file",
        /// A Dockerfile of a checkout that BuildKit would not read.
        Error InvalidDockerfile = "invalid-dockerfile",
        /// The folder of a build context is not in the checkout.
        Error MissingContext = "missing-context",
        /// A file to copy that the build context does not have.
        Error MissingSource = "missing-source",
        /// A lock file that a command needs and the build context does not have.
        Error MissingLock = "missing-lock",
        /// A `COPY` that finds nothing to copy.
        Warning EmptyCopy = "empty-copy",
        /// A target that is no stage of its Dockerfile.
        Error UnknownTarget = "unknown-target",
        /// A base image whose name is none without a variable's value.
        Error UnsetBase = "unset-base",
        /// A `--from` that names no stage before it.
        Error UnknownStage = "unknown-stage",
        /// A build argument that no stage declares.
        Error UnknownArg = "unknown-arg",
        /// An `ARG` without a value.
        Warning UnsetArg = "unset-arg",
        /// An `ARG` of the whole file that a stage uses and does not declare.
        Warning UndeclaredArg = "undeclared-arg",
        /// An `ARG` that nothing names.
        Warning UnusedArg = "unused-arg",
        /// An `ARG` that is another one in each build, before commands that do not need it.
        Warning CacheBreakingArg = "cache-breaking-arg",
        /// A secret that no `RUN` mounts.
        Warning UnusedSecret = "unused-secret",
        /// A secret that a `RUN` needs and the description lacks.
        Error MissingSecret = "missing-secret",
        /// A secret that a `RUN` can do without and the description lacks.
        Warning UnsetSecret = "unset-secret",
        /// Credentials that are copied into an image.
        Error CopiedSecret = "copied-secret",
        /// A file that may be credentials and is copied into an image with its folder.
        Warning PossibleSecret = "possible-secret",
        /// A secret whose file is not in the container that reads it.
        Error UnmountedSecret = "unmounted-secret",
        /// A secret that is passed as a build argument, or set as a variable.
        Error SecretArg = "secret-arg",
        /// A file for the tests' exit code that no command writes.
        Error MissingExitCode = "missing-exit-code",
        /// A file for the tests' exit code of which it can't be seen whether anything writes it.
        Warning UnseenExitCode = "unseen-exit-code",
        /// A file for the tests' exit code that has 0 in it also if a test fails, or never.
        Error FixedExitCode = "fixed-exit-code",
        /// Reports that are lost when a test fails.
        Warning LostReports = "lost-reports",
        /// A folder to take out that the stage does not have.
        Error MissingDirectory = "missing-directory",
        /// A pattern for reports that are somewhere else.
        Error MisplacedReports = "misplaced-reports",
        /// A folder of sources for a report that is not in the checkout.
        Warning MissingSources = "missing-sources",
        /// The file of the version is not in the checkout.
        Error MissingVersionFile = "missing-version-file",
        /// The file of the version lacks its key.
        Error MissingVersionKey = "missing-version-key",
        /// The version in the checkout is none.
        Error InvalidVersion = "invalid-version",
        /// The checkout has no Jenkinsfile.
        Error MissingJenkinsfile = "missing-jenkinsfile",
        /// The Jenkinsfile imports another library or another version of it.
        Error WrongLibrary = "wrong-library",
        /// The Jenkinsfile does not call the project's step.
        Error WrongStep = "wrong-step",
        /// A folder that the pipeline fills is part of the build context.
        Warning UnignoredFolder = "unignored-folder",
    }
}

/// One mistake in the input, or one finding in a checkout.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What stands below the underlined text; may be empty.
    pub label: String,
    /// A second place that explains the first.
    pub related: Option<(Place, String)>,
    /// What else is to be known.
    pub note: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic with nothing but the message and the place.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            place,
            label: String::new(),
            related: None,
            note: None,
            help: None,
        }
    }

    /// Sets what stands below the underlined text.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds a second place; the same one twice would explain nothing.
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        let other = place.sort_key() != self.place.sort_key();
        self.related = other.then(|| (place, label.into()));
        self
    }

    /// Says what else is to be known.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Says how to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// The same at a revision: its paths are those that Git has for files of one, `main:projects/service.toml`.
    #[must_use]
    pub fn at_revision(mut self, revision: &str) -> Self {
        self.place = self.place.at_revision(revision);
        let related = self.related.take();
        self.related = related.map(|(place, label)| (place.at_revision(revision), label));
        self
    }

    /// Whether both say the same about the same place.
    pub fn is_same(&self, other: &Self) -> bool {
        self.sort_key() == other.sort_key()
    }

    fn sort_key(&self) -> impl Ord {
        (self.place.sort_key(), self.code, self.message.as_str())
    }

    /// For people: message, underlined source text, help. With ANSI colours, which the stream removes where they are not wanted.
    pub fn to_plain(&self) -> String {
        let mut snippet = snippet(&self.place).annotation(
            AnnotationKind::Primary
                .span(self.place.range.clone())
                .label(self.label.as_str()),
        );
        let mut second_file = None;
        if let Some((place, label)) = &self.related {
            if place.source.path == self.place.source.path {
                snippet = snippet.annotation(
                    AnnotationKind::Context
                        .span(place.range.clone())
                        .label(label.as_str()),
                );
            } else {
                second_file = Some(
                    self::snippet(place).annotation(
                        AnnotationKind::Context
                            .span(place.range.clone())
                            .label(label.as_str()),
                    ),
                );
            }
        }
        let level = match self.severity() {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = level
            .primary_title(self.message.as_str())
            .id(self.code.name())
            .element(snippet);
        if let Some(second) = second_file {
            group = group.element(second);
        }
        if let Some(note) = &self.note {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        let mut report: Vec<Group<'_>> = vec![group];
        if let Some(help) = &self.help {
            report.push(Group::with_title(
                Level::HELP.secondary_title(help.as_str()),
            ));
        }
        let mut text = RENDERER.render(&report);
        text.push('\n');
        text
    }

    /// For programs; the shape is part of the `--format json` contract.
    pub fn to_json(&self) -> Value {
        let (line, column) = self.place.line_and_column();
        let related = self.related.as_ref().map(|(place, label)| {
            let (line, column) = place.line_and_column();
            json!({
                "file": place.source.path.as_str(),
                "line": line,
                "column": column,
                "label": label,
            })
        });
        json!({
            "code": self.code.name(),
            "severity": self.severity().name(),
            "message": self.message,
            "file": self.place.source.path.as_str(),
            "line": line,
            "column": column,
            "label": self.label,
            "related": related,
            "note": self.note,
            "help": self.help,
        })
    }
}

/// In colours that are readable on a light ground and on a dark one: the bright ones, which are usual, are not, and terminals make yellow and cyan bright
/// that are bold.
const RENDERER: Renderer = {
    const fn bold(colour: AnsiColor) -> Style {
        colour.on_default().effects(Effects::BOLD)
    }
    Renderer::styled()
        .error(bold(AnsiColor::Red))
        .note(bold(AnsiColor::Green))
        .warning(AnsiColor::Yellow.on_default())
        .help(AnsiColor::Cyan.on_default())
        .line_num(AnsiColor::Cyan.on_default())
        .context(AnsiColor::Cyan.on_default())
};

fn snippet(place: &Place) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    Snippet::source(place.source.text.as_str())
        .path(place.source.path.as_str())
        .line_start(1)
        .fold(true)
}

/// Sorts by place and drops repetitions.
pub fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    diagnostics.dedup_by(|a, b| a.is_same(b));
}

/// All of them for people, each followed by an empty line.
pub fn listed(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&diagnostic.to_plain());
        text.push('\n');
    }
    text
}

/// All of them as annotations of GitHub Actions. `file` says where a file stands in the repository; those of another one have no path there.
pub fn to_github(
    diagnostics: &[Diagnostic],
    file: impl Fn(&Place) -> Option<Utf8PathBuf>,
) -> String {
    let annotations = diagnostics.iter();
    annotations
        .map(|diagnostic| github::diagnostic(diagnostic, &file))
        .collect()
}

/// All of them as a comment on a pull request: a table, and below it what the terminal shows. `clean` is said if there are none.
pub fn to_markdown(title: &str, diagnostics: &[Diagnostic], clean: &str) -> String {
    if diagnostics.is_empty() {
        return format!(
            "### {}\n\n{}\n",
            markdown::text(title),
            markdown::text(clean)
        );
    }
    let rows = diagnostics.iter().map(|diagnostic| {
        let (line, _) = diagnostic.place.line_and_column();
        let place = format!("{}:{line}", diagnostic.place.source.path);
        [
            markdown::text(diagnostic.severity().name()),
            markdown::code(&place),
            markdown::text(&diagnostic.message),
            markdown::code(diagnostic.code.name()),
        ]
    });
    let mut shown = 0;
    let mut rows_length = 0;
    let mut places = String::new();
    let mut kept = Vec::new();
    for (row, diagnostic) in rows.zip(diagnostics) {
        let plain = anstream::adapter::strip_str(&diagnostic.to_plain()).to_string();
        let place = markdown::block(&plain);
        let length = row.iter().map(String::len).sum::<usize>() + place.len();
        if rows_length + places.len() + length > markdown::MAX_LENGTH {
            break;
        }
        rows_length += length - place.len();
        places.push_str(&place);
        kept.push(row);
        shown += 1;
    }
    let mut text = format!(
        "### {}: {}\n\n{}",
        markdown::text(title),
        markdown::text(&summary(diagnostics)),
        markdown::table(["", "Place", "What", "Code"], kept)
    );
    if shown < diagnostics.len() {
        let more = diagnostics.len() - shown;
        text.push_str(&format!("\n{more} more did not fit here.\n"));
    }
    text.push_str(&format!(
        "\n{}",
        markdown::details("In the files, and what to do", &places)
    ));
    text
}

/// `1 error`, `2 errors and 1 warning`.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let parts: Vec<String> = [Severity::Error, Severity::Warning]
        .into_iter()
        .filter_map(|severity| {
            let number = diagnostics.iter().filter(|one| one.severity() == severity);
            match number.count() {
                0 => None,
                number => Some(count(number, severity.name())),
            }
        })
        .collect();
    parts.join(" and ")
}

/// `1 error`, `2 errors`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The candidate nearest to a misspelt word, if any is near enough to be meant. Upper and lower case are the same.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `a`, `a or b`, `a, b or c`; each in back quotes.
pub fn alternatives<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    series(words.into_iter().map(|word| format!("`{word}`")), "or")
}

/// `a`, `a and b`, `a, b and c`; each in back quotes.
pub fn listing<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    series(words.into_iter().map(|word| format!("`{word}`")), "and")
}

/// `a`, `a or b`, `a, b or c`, with any conjunction.
pub fn series(words: impl IntoIterator<Item = impl ToString>, conjunction: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}
