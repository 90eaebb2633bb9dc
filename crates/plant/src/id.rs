//! Small integers that stand for names inside the house; names appear only at the doors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! small_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(u32);

        impl $name {
            /// Wraps a number that the catalogue handed out.
            pub const fn new(id: u32) -> Self {
                Self(id)
            }

            /// The bare number, as it stands in batches and files.
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

small_id! {
    /// A signal of the plant. Stable for the life of the store: never reused for another signal.
    SignalId
}
small_id! {
    /// An asset of the plant. Stable for the life of the store.
    AssetId
}
