//! What is known of the cluster at one time of a request. See [`Known`].

use crate::cluster::lookups::Lookups;
use crate::settings::rule_cache::RuleCache;

/// The objects and the rules that are known at one time of a request.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k, 'a> {
    /// The objects.
    pub lookups: &'k Lookups<'a>,
    /// The rules of `ConfigMap`s.
    pub rules: &'k RuleCache<'a>,
}
