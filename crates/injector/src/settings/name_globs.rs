//! The globs of `include` and `exclude`, on names of namespaces or containers. See [`NameGlobs`].

use kubernetes_pod::field_path::FieldPath;
use lazy_json::Node;

use crate::settings::glob::Glob;
use crate::settings::problem::Problems;
use crate::settings::reader;

/// Globs on names: a name must match one of `include`, if there is an `include`, and none of
/// `exclude`.
#[derive(Debug, Clone, Copy)]
pub struct NameGlobs<'n, 'a> {
    include: Option<&'n [Node<'a>]>,
    exclude: &'n [Node<'a>],
}

impl<'n, 'a> NameGlobs<'n, 'a> {
    /// The keys of `include` and `exclude`.
    pub const KEYS: [&'static str; 2] = ["include", "exclude"];

    /// Reads `include` and `exclude` of an object.
    pub fn read(node: &'n Node<'a>, path: &FieldPath<'_>, problems: &mut Problems) -> Self {
        let [include, exclude] = Self::KEYS.map(|key| {
            node.get(key)
                .map(|globs| read_globs(globs, &path.field(key), problems))
        });
        Self {
            include,
            exclude: exclude.unwrap_or_default(),
        }
    }

    /// Whether a name matches.
    pub fn match_name(&self, name: &str) -> bool {
        let one_of = |globs: &[Node<'_>]| {
            let mut globs = globs.iter().filter_map(Node::as_str);
            globs.any(|glob| Glob::new(glob).matches(name))
        };
        self.include.is_none_or(one_of) && !one_of(self.exclude)
    }
}

fn read_globs<'n, 'a>(
    node: &'n Node<'a>,
    path: &FieldPath<'_>,
    problems: &mut Problems,
) -> &'n [Node<'a>] {
    let patterns = reader::items(node, path, problems);
    for (index, pattern) in patterns.iter().enumerate() {
        let path = path.index(index);
        let glob = Glob::new(reader::string(pattern, &path, problems));
        if problems.is_check() && pattern.as_str().is_some() {
            problems.expect(&path, glob.check());
        }
    }
    patterns
}
