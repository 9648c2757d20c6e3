//! Each case: a pod, fragments of rules, and the merged pod.

mod one_rule;
mod several_rules;
