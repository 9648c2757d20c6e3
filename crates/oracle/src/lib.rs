//! The oracle: random pods, rules that collide with them, and a real kube-apiserver as the judge.

pub mod generate;
