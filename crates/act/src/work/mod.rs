//! Maintenance work: from a finding to a repaired machine.
//!
//! A [`Case`] is what people make of a finding: only a [`Check`] by a person closes it. A [`WorkOrder`] says what to do,
//! with what and by when. [`plan`] puts jobs into windows of the production plan, weighing what doing costs against
//! what waiting risks. [`figures`] tells how well maintenance and monitoring do.

mod case;
mod figures;
mod life;
mod order;
mod plan;
mod repair;
mod search;
mod similar;
mod slots;
mod worth;

pub use case::{Case, CaseState, Check, Outcome, Validation, Verdict};
pub use figures::{CaseFact, EventKind, Failure, Figures, Watch, figures};
pub use life::Life;
pub use order::{Asked, Done, OrderState, Part, WorkOrder, WorkTerms};
pub use plan::{Considered, Job, Obstacle, Placement, Plan, Stock, Window, plan};
pub use repair::{PartFact, PartFacts, Repair, Supply, SupplyState, supply};
pub use similar::{Compared, Fingerprint, compared, fingerprint, similarity};
pub use worth::Worth;
