//! Finding a member of a JSON object, looking at no byte after it and at none before it twice.

/// Where the value of `key` begins in the object that begins at `at`.
///
/// It believes that the host wrote valid JSON, and gives `None` where it sees that it didn't.
pub fn member(json: &[u8], at: usize, key: &[u8]) -> Option<usize> {
    if json.get(at) != Some(&b'{') {
        return None;
    }
    let mut at = past_space(json, at + 1);
    while json.get(at) == Some(&b'"') {
        let name_end = past_string(json, at)?;
        let value = past_space(json, past_space(json, name_end) + 1);
        if json.get(at + 1..name_end - 1) == Some(key) {
            return Some(value);
        }
        at = past_space(json, past_space(json, past_value(json, value)?) + 1);
    }
    None
}

/// Where the white space ends that begins at `at`.
pub fn past_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
        at += 1;
    }
    at
}

/// Where the string ends that begins at `at`, its quotes included.
fn past_string(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Where the value ends that begins at `at`: brackets are counted, strings are skipped.
pub fn past_value(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => return past_string(bytes, at),
        b'{' | b'[' => {}
        _ => {
            let rest = bytes.get(at..)?;
            let len = rest.iter().position(|b| matches!(b, b',' | b'}' | b']'));
            return Some(at + len.unwrap_or(rest.len()));
        }
    }
    let mut depth = 0_usize;
    let mut at = at;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = past_string(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::first(r#"{"a":1,"b":2}"#, Some("1"))]
    #[case::after_another(r#"{"b":[1,{"a":2}],"a":{"c":"}"}}"#, Some(r#"{"c":"}"}"#))]
    #[case::spaced(" { \"b\" : \"\\\"\" ,\n \"a\" : [ ] } ", Some("[ ]"))]
    #[case::nested_only(r#"{"b":{"a":1}}"#, None)]
    #[case::as_a_value(r#"{"b":"a"}"#, None)]
    #[case::empty_object("{}", None)]
    #[case::not_an_object("[1]", None)]
    #[case::nothing("", None)]
    #[case::cut_in_a_string(r#"{"a":"x\"#, None)]
    #[case::cut_in_a_list(r#"{"a":[1,"#, None)]
    fn finds_a_member(#[case] object: &str, #[case] expected: Option<&str>) {
        let bytes = object.as_bytes();
        let value = member(bytes, past_space(bytes, 0), b"a")
            .and_then(|at| Some(&object[at..past_value(bytes, at)?]));
        assert_eq!(value, expected);
    }
}
