//! Globs on names: `*` stands for any text, also the empty text. No other character is special. See
//! [`Glob::matches`].

use kubernetes_pod::names::LABEL_CHARS;

/// A pattern for names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glob<'n>(&'n str);

/// Why no name can match a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// The pattern is empty.
    #[error("must not be empty")]
    Empty,
    /// The pattern has a star that does nothing.
    #[error("`**` is the same as `*`")]
    TwoStars,
    /// The pattern has a character that no name has.
    #[error(
        "no name matches: names are lower-case letters, digits and `-`, with a letter or digit at \
         both ends; `*` stands for any text, and no other character is special"
    )]
    NoName,
    /// The pattern is longer than any name.
    #[error("no name matches: names have at most {LABEL_CHARS} characters")]
    TooLong,
}

impl<'n> Glob<'n> {
    /// The pattern of this text.
    pub fn new(pattern: &'n str) -> Self {
        Self(pattern)
    }

    /// Whether the whole name matches. Time is linear in both lengths: each piece between two stars
    /// is searched for once, from left to right.
    pub fn matches(self, name: &str) -> bool {
        let Some((head, rest)) = self.0.split_once('*') else {
            return self.0 == name;
        };
        let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(mut name) = name
            .strip_prefix(head)
            .and_then(|name| name.strip_suffix(tail))
        else {
            return false;
        };
        middle.split('*').all(|piece| match name.find(piece) {
            Some(start) => {
                name = &name[start + piece.len()..];
                true
            }
            None => false,
        })
    }

    /// Checks that a name can match. The names of namespaces and containers are DNS labels.
    ///
    /// # Errors
    /// Returns why no name can match.
    pub fn check(self) -> Result<(), GlobError> {
        if self.0.is_empty() {
            return Err(GlobError::Empty);
        }
        let known = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'*');
        if !self.0.bytes().all(known) || self.0.starts_with('-') || self.0.ends_with('-') {
            return Err(GlobError::NoName);
        }
        if self.0.contains("**") {
            return Err(GlobError::TwoStars);
        }
        if self.0.bytes().filter(|byte| *byte != b'*').count() > LABEL_CHARS {
            return Err(GlobError::TooLong);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::same("app", "app", true)]
    #[case::other("app", "apps", false)]
    #[case::all("*", "app", true)]
    #[case::all_of_nothing("*", "", true)]
    #[case::prefix("team-*", "team-a", true)]
    #[case::prefix_alone("team-*", "team-", true)]
    #[case::prefix_not_inside("team-*", "my-team-a", false)]
    #[case::suffix("*-proxy", "istio-proxy", true)]
    #[case::suffix_not_inside("*-proxy", "istio-proxy-2", false)]
    #[case::inside("a*c", "abc", true)]
    #[case::ends_do_not_overlap("ab*ba", "aba", false)]
    #[case::ends_touch("ab*ba", "abba", true)]
    #[case::middle("*mid*", "amidst", true)]
    #[case::two_middles_in_order("*a*b*", "xbxaxb", true)]
    #[case::two_middles_out_of_order("*a*b*", "xbxa", false)]
    #[case::middles_do_not_overlap("*aba*aba*", "ababa", false)]
    #[case::middle_not_in_the_tail("*b*b", "ab", false)]
    #[case::stars_together("a**c", "ac", true)]
    #[case::question_mark_is_itself("a?c", "abc", false)]
    #[case::bracket_is_itself("[ab]", "a", false)]
    #[case::backslash_is_itself(r"\*", "*", false)]
    #[case::empty_pattern("", "", true)]
    #[case::empty_pattern_and_a_name("", "a", false)]
    #[case::not_ascii("ä*ö", "äüö", true)]
    #[case::newline("a*", "a\nb", true)]
    fn a_glob_matches(#[case] pattern: &str, #[case] name: &str, #[case] expected: bool) {
        assert_eq!(Glob::new(pattern).matches(name), expected);
    }

    #[rstest]
    #[case::name("istio-proxy", Ok(()))]
    #[case::star("*", Ok(()))]
    #[case::stars("a*-b*", Ok(()))]
    #[case::empty("", Err(GlobError::Empty))]
    #[case::capital("App", Err(GlobError::NoName))]
    #[case::question_mark("a?", Err(GlobError::NoName))]
    #[case::dot("a.b", Err(GlobError::NoName))]
    #[case::space(" app", Err(GlobError::NoName))]
    #[case::dash_first("-a", Err(GlobError::NoName))]
    #[case::dash_last("*-", Err(GlobError::NoName))]
    #[case::not_ascii("ä", Err(GlobError::NoName))]
    #[case::two_stars("a**", Err(GlobError::TwoStars))]
    #[case::long(&"a".repeat(64), Err(GlobError::TooLong))]
    #[case::longest_and_star(&format!("{}*", "a".repeat(63)), Ok(()))]
    fn a_glob_is_checked(#[case] pattern: &str, #[case] expected: Result<(), GlobError>) {
        assert_eq!(Glob::new(pattern).check(), expected);
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer_than_its_length() {
        let pattern = "*a".repeat(50_000) + "*b";
        assert!(!Glob::new(&pattern).matches(&"a".repeat(1_000_000)));
    }
}
