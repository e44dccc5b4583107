//! Globs, by backtracking.

/// Where a glob is applied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Image names and paths: `?` and `*` do not match `/`.
    Path,
    /// Everything else: `/` is an ordinary character.
    Plain,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Run,
    /// `**`
    Anything,
}

pub fn tokens(glob: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = glob.chars().peekable();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '\\' => Token::Char(characters.next().unwrap()),
            '?' => Token::One,
            '*' if characters.peek() == Some(&'*') => {
                characters.next();
                Token::Anything
            }
            '*' => Token::Run,
            other => Token::Char(other),
        });
    }
    tokens
}

/// Whether the glob matches the whole text.
pub fn matches(kind: Kind, glob: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    matches_from(kind, &tokens(glob), 0, &text)
}

/// As [`matches`], without regard to the case of ASCII letters.
pub fn matches_ignoring_case(kind: Kind, glob: &str, text: &str) -> bool {
    matches(kind, &glob.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

fn matches_from(kind: Kind, tokens: &[Token], at: usize, text: &[char]) -> bool {
    let Some(token) = tokens.get(at) else {
        return text.is_empty();
    };
    let first_matches = |allowed: &dyn Fn(char) -> bool| text.first().is_some_and(|&first| allowed(first));
    match token {
        Token::Char(character) => {
            first_matches(&|first| first == *character) && matches_from(kind, tokens, at + 1, &text[1..])
        }
        Token::One => {
            first_matches(&|first| kind == Kind::Plain || first != '/')
                && matches_from(kind, tokens, at + 1, &text[1..])
        }
        Token::Run => {
            matches_from(kind, tokens, at + 1, text)
                || (first_matches(&|first| kind == Kind::Plain || first != '/')
                    && matches_from(kind, tokens, at, &text[1..]))
        }
        Token::Anything => {
            let begins_component = at == 0 || tokens[at - 1] == Token::Char('/');
            let whole_component = begins_component && tokens.get(at + 1) == Some(&Token::Char('/'));
            (0..=text.len()).any(|taken| matches_from(kind, tokens, at + 1, &text[taken..]))
                || (kind == Kind::Path && whole_component && matches_from(kind, tokens, at + 2, text))
        }
    }
}

#[test]
fn globs() {
    let path = |glob, text| matches(Kind::Path, glob, text);
    assert!(path("a/**/b", "a/b") && path("a/**/b", "a/x/y/b") && !path("a/**/b", "ab"));
    assert!(!path("a/**", "a") && path("a/**", "a/x/y") && path("a/**", "a/"));
    assert!(path("**/b", "b") && path("**/b", "x/y/b") && !path("**/b", "xb"));
    assert!(!path("a/**/b", "a/xb") && !path("**/b/c", "xb/c") && path("**/**/b", "b"));
    assert!(!path("x**/b", "xb") && path("x**/b", "xy/z/b") && path("x**/b", "x/b"));
    assert!(path("*", "a:b@c") && !path("*", "a/b") && path("**", "a/b") && path("**", ""));
    assert!(!path("?", "/") && path("a?c", "abc") && !path("a?c", "ac"));
    assert!(path("a\\*", "a*") && !path("a\\*", "ab"));
    let plain = |glob, text| matches(Kind::Plain, glob, text);
    assert!(plain("*", "a/b") && plain("a?b", "a/b") && plain("**", "a/b") && !plain("**/b", "b"));
    assert!(!plain("A", "a") && matches_ignoring_case(Kind::Plain, "linux.*", "LINUX.x"));
}
