//! A tree as it is kept and asked.

use serde::{Deserialize, Serialize};

/// A place in a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Node {
    /// Rows whose value is not above the threshold go left.
    Split {
        column: u32,
        #[serde(with = "crate::bits::one")]
        threshold: f64,
        missing_left: bool,
        left: u32,
        right: u32,
    },
    /// The place of its values.
    Leaf(u32),
}

/// A tree: from a row of features to the values of the leaf it falls into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// `width` values a leaf.
    #[serde(with = "crate::bits")]
    pub(crate) values: Vec<f64>,
    pub(crate) width: usize,
}

impl Tree {
    /// The values of the leaf that `row` falls into; a column the row lacks is missing.
    pub fn values(&self, row: &[f64]) -> &[f64] {
        let mut at = 0;
        loop {
            match self.nodes.get(at) {
                Some(Node::Split { column, threshold, missing_left, left, right }) => {
                    let value = row.get(*column as usize).copied().unwrap_or(f64::NAN);
                    let goes_left = if value.is_nan() { *missing_left } else { value.min(f64::MAX) <= *threshold };
                    at = if goes_left { *left } else { *right } as usize;
                }
                Some(Node::Leaf(leaf)) => {
                    let from = *leaf as usize * self.width;
                    return self.values.get(from..from + self.width).unwrap_or_default();
                }
                None => return &[],
            }
        }
    }

    /// How many leaves it has.
    pub fn leaves(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// The columns it splits by, once for each split.
    pub fn columns(&self) -> impl Iterator<Item = usize> {
        self.nodes.iter().filter_map(|n| if let Node::Split { column, .. } = n { Some(*column as usize) } else { None })
    }
}
