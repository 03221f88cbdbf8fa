//! Lock files that the commands of a script can't do without.

use super::shell::{Command, commands};

/// The lock files that a script needs: for each command that needs one, the names that it may have.
pub fn needed(script: &str) -> Vec<&'static [&'static str]> {
    commands(script).iter().filter_map(needed_by).collect()
}

fn needed_by(command: &Command) -> Option<&'static [&'static str]> {
    let has = |word: &str| command.arguments.iter().any(|own| own == word);
    Some(match command.program() {
        "bun" if has("--frozen-lockfile") => &["bun.lock", "bun.lockb"],
        "cargo" if has("--locked") => &["Cargo.lock"],
        "npm" if has("ci") => &["package-lock.json", "npm-shrinkwrap.json"],
        "pnpm" if has("--frozen-lockfile") => &["pnpm-lock.yaml"],
        "uv" if has("--locked") || has("--frozen") => &["uv.lock"],
        "yarn" if has("--frozen-lockfile") || has("--immutable") => &["yarn.lock"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_need_their_lock_files() {
        assert_eq!(
            needed("npm ci --omit=dev && pnpm install --frozen-lockfile; npm install; echo npm ci"),
            [
                &["package-lock.json", "npm-shrinkwrap.json"][..],
                &["pnpm-lock.yaml"]
            ]
        );
    }
}
