//! Makes requests and limits fit together.

use serde_json::{Value, json};

use super::parts::{Object, child};
use crate::draw::Draw;

/// Bounds each request by its limit, and adds memory to huge pages.
pub(super) fn requirements(resources: &mut Object, draw: &mut Draw) {
    if draw.chance(30) {
        resources.remove("requests");
    }
    let limits = child(resources, "limits")
        .map(|limits| limits.clone())
        .unwrap_or_default();
    let mut needs_limit = Object::new();
    if let Some(requests) = child(resources, "requests") {
        for (name, request) in requests.iter_mut() {
            match limits.get(name) {
                Some(limit) if !is_overcommitted(name) || amount(request) > amount(limit) => {
                    *request = limit.clone();
                }
                None if !is_overcommitted(name) => {
                    needs_limit.insert(name.clone(), request.clone());
                }
                _ => {}
            }
        }
    }
    let huge_pages = limits.contains_key(HUGE_PAGES) || needs_limit.contains_key(HUGE_PAGES);
    if huge_pages {
        needs_limit.insert("memory".to_owned(), json!("2Gi"));
    }
    if !needs_limit.is_empty() {
        let limits = resources.entry("limits").or_insert_with(|| json!({}));
        if let Some(limits) = limits.as_object_mut() {
            limits.extend(needs_limit);
        }
    }
}

const HUGE_PAGES: &str = "hugepages-2Mi";

fn is_overcommitted(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage")
}

/// A quantity as a number. Text that is no quantity counts as 0.
fn amount(quantity: &Value) -> f64 {
    const SUFFIXES: [(&str, f64); 6] = [
        ("Gi", 1_073_741_824.0),
        ("Mi", 1_048_576.0),
        ("e9", 1e9),
        ("m", 0.001),
        ("k", 1e3),
        ("", 1.0),
    ];
    let text = quantity.as_str().unwrap_or_default();
    let amount = SUFFIXES.iter().find_map(|(suffix, factor)| {
        let digits = text.strip_suffix(suffix)?;
        Some(digits.parse::<f64>().ok()? * factor)
    });
    amount.unwrap_or_default()
}
