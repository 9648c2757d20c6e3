//! The code of one function: its operators, and where each branch leads.

use std::collections::BTreeMap;

use wasmparser::Operator;

/// A function's code. Places in it are indices of operators.
pub(crate) struct Function<'m> {
    pub(crate) operators: Vec<Operator<'m>>,
    /// The number of values on the stack before each operator that can be reached from the one before.
    pub(crate) heights: Vec<usize>,
    branches: BTreeMap<usize, Vec<Target>>,
}

/// Where a branch leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The place of the next operator. The end of the function is the place after the last one.
    pub(crate) at: usize,
    /// The number of values on the stack that stay as they are.
    pub(crate) kept: usize,
    /// Whether the branch goes back to the head of a loop.
    pub(crate) is_loop: bool,
}

/// A block that is not closed yet.
struct Open {
    /// Where branches to the block lead, if that is known.
    head: Option<usize>,
    kept: usize,
    /// The branches to its end, by their place and their number there.
    waiting: Vec<(usize, usize)>,
}

impl<'m> Function<'m> {
    pub(crate) fn new(operators: Vec<Operator<'m>>, heights: Vec<usize>) -> Self {
        let mut branches: BTreeMap<usize, Vec<Target>> = BTreeMap::new();
        let mut open = vec![Open::block(0)];
        for (at, operator) in operators.iter().enumerate() {
            let height = heights[at];
            let mut depths = Vec::new();
            match operator {
                Operator::Block { .. } => open.push(Open::block(height)),
                Operator::Loop { .. } => open.push(Open {
                    head: Some(at),
                    ..Open::block(height)
                }),
                Operator::If { .. } => {
                    // To the end, unless there is an `else`.
                    let mut block = Open::block(height - 1);
                    block.waiting.push((at, 0));
                    branches.insert(at, vec![Target::unknown(height - 1)]);
                    open.push(block);
                }
                Operator::Else => {
                    let block = open.last_mut().expect("`else` is inside of `if`");
                    let place = block.waiting.remove(0);
                    block.waiting.push((at, 0));
                    let kept = block.kept;
                    branches.insert(at, vec![Target::unknown(kept)]);
                    set(&mut branches, place, at + 1);
                }
                Operator::End => {
                    let block = open.pop().expect("each `end` has its block");
                    for place in block.waiting {
                        set(&mut branches, place, at + 1);
                    }
                }
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                    depths.push(*relative_depth);
                }
                Operator::BrTable { targets } => {
                    depths.extend(targets.targets().flatten());
                    depths.push(targets.default());
                }
                _ => {}
            }
            for (number, depth) in depths.into_iter().enumerate() {
                let block = open.len() - 1 - depth as usize;
                let block = &mut open[block];
                let mut target = Target::unknown(block.kept);
                match block.head {
                    Some(head) => (target.at, target.is_loop) = (head, true),
                    None => block.waiting.push((at, number)),
                }
                branches.entry(at).or_default().push(target);
            }
        }
        Self {
            operators,
            heights,
            branches,
        }
    }

    /// Where the operator at this place may branch to, besides the next one.
    pub(crate) fn branches(&self, at: usize) -> &[Target] {
        self.branches.get(&at).map_or(&[], Vec::as_slice)
    }

    /// The places of the calls of a function.
    pub(crate) fn calls(&self, function: u32) -> impl Iterator<Item = usize> {
        let operators = self.operators.iter().enumerate();
        operators.filter_map(move |(at, operator)| {
            matches!(operator, Operator::Call { function_index } if *function_index == function)
                .then_some(at)
        })
    }

    /// Whether a call of `function` can be reached from this place, whatever is computed on the way.
    pub(crate) fn reaches(&self, from: usize, function: u32) -> bool {
        let mut seen = vec![false; self.operators.len()];
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            let Some(operator) = self.operators.get(at) else {
                continue;
            };
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            if matches!(operator, Operator::Call { function_index } if *function_index == function)
            {
                return true;
            }
            open.extend(self.branches(at).iter().map(|target| target.at));
            if !never_goes_on(operator) {
                open.push(at + 1);
            }
        }
        false
    }
}

/// Whether an operator is never followed by the next one.
pub(crate) fn never_goes_on(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Br { .. }
            | Operator::BrTable { .. }
            | Operator::Else
            | Operator::Return
            | Operator::Unreachable
    )
}

impl Open {
    fn block(kept: usize) -> Self {
        Self {
            head: None,
            kept,
            waiting: Vec::new(),
        }
    }
}

impl Target {
    /// To a place that is set later.
    fn unknown(kept: usize) -> Self {
        Self {
            at: usize::MAX,
            kept,
            is_loop: false,
        }
    }
}

fn set(branches: &mut BTreeMap<usize, Vec<Target>>, (at, number): (usize, usize), to: usize) {
    branches.get_mut(&at).expect("it was inserted")[number].at = to;
}
