//! The requirements in the formats of Jenkins' own tools.

use std::fmt::Write as _;

use heck::ToShoutySnakeCase as _;
use serde_json::{Value, json};

use super::{Credential, CredentialKind, Requirements};

/// A file for `jenkins-plugin-cli`: the newest release of each plugin. `name:release` would install exactly that one, so the oldest that is good enough
/// stands in a comment: <https://github.com/jenkinsci/plugin-installation-manager-tool#plugin-input-format>.
pub fn plugins_txt(requirements: &Requirements<'_>) -> String {
    let mut text = format!(
        "# Plugins that the library {} needs: the newest release of each that the update centre has.\n",
        requirements.library
    );
    for plugin in &requirements.plugins {
        // A String takes all that is written.
        let _ = write!(text, "# {}: {}", plugin.name, plugin.since);
        if let Some(newest) = plugin.uses.last() {
            let _ = write!(text, ", for {}", newest.what);
        }
        let _ = writeln!(text, "\n{}", plugin.id);
    }
    for file in &requirements.own_files {
        let _ = writeln!(text, "# Not counted: what your own {} uses.", file.path);
    }
    text
}

/// YAML for the plugin Configuration as Code: the library, with a place for its repository, and the credentials as comments, because no secret is known here.
///
/// # Errors
///
/// When the serialiser fails, which is a mistake in this program.
pub fn jcasc(requirements: &Requirements<'_>) -> anyhow::Result<String> {
    let library = json!({ "unclassified": { "globalLibraries": { "libraries": [{
        "name": requirements.library,
        "defaultVersion": requirements.library_version,
        "retriever": { "modernSCM": { "scm": { "git": { "remote": "${LIBRARY_REPOSITORY}" } } } },
    }] } } });
    let mut text =
        "# For the plugin Configuration as Code: set each ${NAME}, or fill it in.\n".to_owned();
    text.push_str(&yaml(&library)?);
    if !requirements.credentials.is_empty() {
        let names = variables(&requirements.credentials);
        let stubs = requirements.credentials.iter().zip(&names);
        let stubs: Vec<Value> = stubs.map(|(one, name)| stub(one, name)).collect();
        let credentials = json!({ "credentials": { "system": { "domainCredentials": [{ "credentials": stubs }] } } });
        for line in yaml(&credentials)?.lines() {
            text.push_str(&format!("# {line}\n"));
        }
    }
    for file in &requirements.own_files {
        text.push_str(&format!(
            "# Not counted: what your own {} uses.\n",
            file.path
        ));
    }
    Ok(text)
}

fn yaml(value: &Value) -> anyhow::Result<String> {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let yaml = serde_saphyr::to_string_with_options(value, options)?;
    Ok(format!("{}\n", yaml.trim_end()))
}

/// A variable for each credential: no two are the same, and a shell can set each.
fn variables(credentials: &[Credential<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for credential in credentials {
        let mut name = credential.id.to_shouty_snake_case();
        if name.starts_with(|first: char| first.is_ascii_digit()) {
            name.insert(0, '_');
        }
        let several = (2..).map(|number| format!("{name}_{number}"));
        let mut free = std::iter::once(name.clone()).chain(several);
        names.extend(free.find(|name| !names.contains(name)));
    }
    names
}

/// A credential without its secret: <https://github.com/jenkinsci/configuration-as-code-plugin/tree/master/demos/credentials>.
fn stub(credential: &Credential<'_>, name: &str) -> Value {
    let id = credential.id;
    let variable = |suffix: &str| format!("${{{name}{suffix}}}");
    match credential.kind {
        CredentialKind::Text => {
            json!({ "string": { "scope": "GLOBAL", "id": id, "secret": variable("") } })
        }
        CredentialKind::File => json!({ "file": {
            "scope": "GLOBAL", "id": id, "fileName": id, "secretBytes": format!("${{base64:{}}}", variable("")),
        } }),
        CredentialKind::Password => json!({ "usernamePassword": {
            "scope": "GLOBAL", "id": id, "username": variable("_USERNAME"), "password": variable("_PASSWORD"),
        } }),
        CredentialKind::SshKey => json!({ "basicSSHUserPrivateKey": {
            "scope": "GLOBAL", "id": id, "username": variable("_USERNAME"),
            "privateKeySource": { "directEntry": { "privateKey": variable("_PRIVATE_KEY") } },
        } }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_credential_has_a_variable_that_a_shell_can_set() {
        let credentials = ["npm-token", "npm_token", "1.registry"].map(|id| Credential {
            id,
            kind: CredentialKind::Text,
            uses: Vec::new(),
        });
        assert_eq!(
            variables(&credentials),
            ["NPM_TOKEN", "NPM_TOKEN_2", "_1_REGISTRY"]
        );
    }
}
