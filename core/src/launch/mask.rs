//! Hides arguments that look like credentials. The command line is shown to operators and kept in events.

/// What stands in for a secret.
const MASK: &str = "***";

/// Words that make the name of an option or variable the name of a secret.
const SECRET_WORDS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api-key",
    "api_key",
    "credential",
    "private-key",
    "access-key",
];

/// The command with what looks like a credential replaced: `--password X`, `--password=X`, `TOKEN=X`,
/// `scheme://user:X@host`, `Authorization: Bearer X`, `-pX` is left alone (it is a port for most programs).
pub(super) fn mask_credentials(command: &[String]) -> Vec<String> {
    let mut masked = Vec::with_capacity(command.len());
    let mut next_is_secret = false;
    for argument in command {
        let is_option = argument.starts_with('-');
        if next_is_secret && !is_option {
            masked.push(MASK.to_owned());
            next_is_secret = false;
            continue;
        }
        next_is_secret = is_option && !argument.contains('=') && names_secret(argument);
        masked.push(mask_argument(argument));
    }
    masked
}

/// A sentence with what looks like a credential replaced.
pub(crate) fn mask_text(text: &str) -> String {
    mask_argument(text)
}

fn mask_argument(argument: &str) -> String {
    // A shell script handed to `sh -c` holds many words; each is looked at alone, the white space stays.
    let mut out = String::with_capacity(argument.len());
    let mut next_is_secret = false;
    for piece in argument.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let space = piece.strip_prefix(word).unwrap_or_default();
        if word.is_empty() {
            out.push_str(piece);
            continue;
        }
        let lower = word.to_ascii_lowercase();
        if lower == "bearer" || lower == "basic" {
            out.push_str(word);
            next_is_secret = true;
        } else if next_is_secret && !word.starts_with('-') {
            out.push_str(MASK);
            next_is_secret = false;
        } else {
            out.push_str(&mask_word(word));
            next_is_secret = word.starts_with('-') && !word.contains('=') && names_secret(word);
        }
        out.push_str(space);
    }
    out
}

fn mask_word(word: &str) -> String {
    if let Some((scheme, rest)) = word.split_once("://") {
        let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        if let Some((authority, tail)) = rest.split_at_checked(authority_end)
            && let Some((user, host)) = authority.rsplit_once('@')
            && let Some((name, _)) = user.split_once(':')
        {
            return format!("{}://{name}:{MASK}@{host}{tail}", mask_assignment(scheme));
        }
    }
    mask_assignment(word)
}

fn mask_assignment(word: &str) -> String {
    match word.split_once('=') {
        Some((name, value)) if !value.is_empty() && names_secret(name) => format!("{name}={MASK}"),
        _ => word.to_owned(),
    }
}

/// Whether an option or variable of this name holds a secret. `--password-file` names a file, not a secret.
fn names_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let names_a_place = ["file", "path", "dir", "url"].iter().any(|suffix| lower.ends_with(suffix));
    !names_a_place && SECRET_WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(command: &[&str]) -> Vec<String> {
        mask_credentials(&command.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn credentials_are_masked_and_the_rest_is_not() {
        assert_eq!(masked(&["--password", "hunter2", "--port", "80"]), ["--password", "***", "--port", "80"]);
        assert_eq!(
            masked(&["--db-password=hunter2", "API_TOKEN=abc"]),
            ["--db-password=***", "API_TOKEN=***"]
        );
        assert_eq!(masked(&["postgres://app:hunter2@db:5432/x?y=1"]), ["postgres://app:***@db:5432/x?y=1"]);
        assert_eq!(
            masked(&["sh", "-c", "TOKEN=abc  curl -H 'Authorization: Bearer xyz' http://u:p@h/"]),
            ["sh", "-c", "TOKEN=***  curl -H 'Authorization: Bearer *** http://u:***@h/"]
        );
        assert_eq!(
            masked(&["--password-file", "/run/secret", "a=b", "-p", "80"]),
            ["--password-file", "/run/secret", "a=b", "-p", "80"]
        );
        assert_eq!(masked(&["--token", "--verbose", "x"]), ["--token", "--verbose", "x"]);
        assert_eq!(masked(&["/app/cart", "--port", "8080"]), ["/app/cart", "--port", "8080"]);
    }
}
