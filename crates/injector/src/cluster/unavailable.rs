//! Why an object of the cluster is unavailable, as the host's error message says. See
//! [`Unavailable::from_message`].

use kubernetes_pod::text::{cut, escaped_text};
use lazy_json::Node;

use crate::cluster::object::{Kind, Object};

/// The longest part of the host's message that is passed on, in bytes.
const HOST_MESSAGE_BYTES: usize = 200;

/// Why an object is unavailable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// No object has this name.
    #[error("does not exist")]
    Absent,
    /// The policy is not granted resources of this kind.
    #[error(
        "can't be read: the policy needs {{apiVersion: {}, kind: {}}} in spec.contextAwareResources",
        .0.api_version(),
        .0.name()
    )]
    NotGranted(Kind),
    /// The policy is not granted the host call.
    #[error("can't be read: the policy needs the host capability kubernetes/get_resource")]
    NoCapability,
    /// The host lacks the RBAC permission to read the object.
    #[error(
        "can't be read: policy-server's service account needs the RBAC permission to get {}",
        .0.resource()
    )]
    Forbidden(Kind),
    /// The answer is not there in time.
    #[error("can't be read: there was no answer in time")]
    Late,
    /// The host's answer is not this object.
    #[error("can't be read: the host's answer is not that object")]
    WrongAnswer,
    /// Any other error, in the host's words.
    #[error("can't be read: {0}")]
    Failed(String),
}

impl Unavailable {
    /// The reason in the host's error message.
    ///
    /// The messages are those of policy-server and kwctl, which share this code:
    /// `policy-evaluator`, in `runtimes/callback.rs` (what is not granted) and
    /// `callback_handler/kubernetes/client.rs` (what is absent, and what the API server refuses).
    pub fn from_message(message: &str, kind: Kind) -> Self {
        let ungranted = message
            .strip_prefix("Policy has not been granted access to ")
            .map(|rest| rest.starts_with("Kubernetes "));
        if let Some(resource) = ungranted {
            return if resource {
                Self::NotGranted(kind)
            } else {
                Self::NoCapability
            };
        }
        let message = message
            .strip_prefix("Callback evaluation failure: ")
            .unwrap_or(message);
        let absent = format!("Cannot find {}/{} named ", kind.api_version(), kind.name());
        if message.starts_with(&absent) {
            return Self::Absent;
        }
        // The host writes the API server's whole status, and then its cause again.
        let first_line = message.lines().next().unwrap_or_default();
        if message.starts_with("ApiError: ") && message.contains("reason: \"Forbidden\"") {
            return Self::Forbidden(kind);
        }
        let summary = first_line
            .split_once(" (Status {")
            .map_or(first_line, |(summary, _)| summary);
        Self::Failed(cut(escaped_text(summary), HOST_MESSAGE_BYTES))
    }

    /// Checks that the host's answer is the object that it was asked for.
    ///
    /// # Errors
    /// Returns `WrongAnswer` if it is not.
    pub fn check(answer: &Node<'_>, object: &Object) -> Result<(), Self> {
        let name = answer.at(&["metadata", "name"]).and_then(Node::as_str);
        if answer.str_at("kind") == Some(object.kind.name())
            && answer.str_at("apiVersion") == Some(object.kind.api_version())
            && name == Some(&object.name)
        {
            Ok(())
        } else {
            Err(Self::WrongAnswer)
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const FORBIDDEN: &str = "Callback evaluation failure: ApiError: configmaps \"rules\" is forbidden: User \"system:serviceaccount:kubewarden:policy-server\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"team-a\": Forbidden (Status { status: Some(Failure), code: 403, message: \"configmaps \\\"rules\\\" is forbidden\", metadata: Some(ListMeta), reason: \"Forbidden\", details: None })\n\nCaused by:\n    configmaps \"rules\" is forbidden: Forbidden";

    #[rstest]
    #[case::absent(
        "Callback evaluation failure: Cannot find v1/ConfigMap named 'rules' inside of namespace 'Some(\"team-a\")'",
        Unavailable::Absent
    )]
    #[case::absent_with_a_backtrace(
        "Callback evaluation failure: Cannot find v1/ConfigMap named 'rules' inside of namespace 'Some(\"team-a\")'\n\nStack backtrace:\n   0: std",
        Unavailable::Absent
    )]
    #[case::of_another_kind(
        "Callback evaluation failure: Cannot find v1/Secret named 'rules' inside of namespace 'None'",
        Unavailable::Failed("Cannot find v1/Secret named 'rules' inside of namespace 'None'".to_owned())
    )]
    #[case::resource(
        "Policy has not been granted access to Kubernetes v1/ConfigMap resources. The violation has been reported.",
        Unavailable::NotGranted(Kind::ConfigMap)
    )]
    #[case::capability(
        "Policy has not been granted access to the 'kubernetes/get_resource' host capability. The violation has been reported.",
        Unavailable::NoCapability
    )]
    #[case::forbidden(FORBIDDEN, Unavailable::Forbidden(Kind::ConfigMap))]
    #[case::unreachable(
        "Callback evaluation failure: ServiceError: client error (Connect)\n\nCaused by:\n    0: client error (Connect)",
        Unavailable::Failed("ServiceError: client error (Connect)".to_owned())
    )]
    #[case::overloaded(
        "Callback evaluation failure: ApiError: too many requests: TooManyRequests (Status { code: 429, reason: \"TooManyRequests\" })",
        Unavailable::Failed("ApiError: too many requests: TooManyRequests".to_owned())
    )]
    #[case::forged(
        "a\u{1b}[31mb",
        Unavailable::Failed("a\\u{1b}[31mb".to_owned())
    )]
    #[case::nothing("", Unavailable::Failed(String::new()))]
    fn host_errors_are_classified(#[case] message: &str, #[case] expected: Unavailable) {
        assert_eq!(
            Unavailable::from_message(message, Kind::ConfigMap),
            expected
        );
    }

    #[rstest]
    #[case::right(
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"rules"}}"#,
        true
    )]
    #[case::another_kind(
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"rules"}}"#,
        false
    )]
    #[case::another_name(
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"r"}}"#,
        false
    )]
    #[case::no_object("[]", false)]
    #[case::null("null", false)]
    fn an_answer_is_checked(#[case] answer: &str, #[case] right: bool) {
        let answer = Node::parse(answer).expect("valid JSON");
        let object = Object::new(Kind::ConfigMap, "team-a", "rules");
        assert_eq!(Unavailable::check(&answer, &object).is_ok(), right);
    }
}
