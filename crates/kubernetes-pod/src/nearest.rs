//! Finds the most similar word, for "did you mean". See [`nearest`].

/// The longest word that is compared. Typing errors happen in shorter words.
const MAX_BYTES: usize = 64;

/// The most similar of the known words. `None` if more than a third of the letters differ in each
/// of them. Upper and lower case are the same.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > MAX_BYTES {
        return None;
    }
    let word = word.to_lowercase();
    known
        .into_iter()
        .filter_map(|candidate| {
            let distance = strsim::osa_distance(&word, &candidate.to_lowercase());
            let length = word.chars().count().max(candidate.chars().count());
            (distance * 3 <= length).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::case("initcontainers", Some("initContainers"))]
    #[case::left_out("containrs", Some("containers"))]
    #[case::swapped("evn", Some("env"))]
    #[case::plural("container", Some("containers"))]
    #[case::nothing_near("sidecars", None)]
    #[case::empty("", None)]
    #[case::short("x", None)]
    #[case::not_ascii("énv", Some("env"))]
    fn the_nearest_word_is_found(#[case] word: &str, #[case] expected: Option<&str>) {
        let known = ["containers", "env", "initContainers", "ip"];
        assert_eq!(nearest(word, known), expected);
    }

    #[test]
    fn a_very_long_word_has_no_nearest() {
        assert_eq!(nearest(&"e".repeat(1_000_000), ["env"]), None);
    }
}
