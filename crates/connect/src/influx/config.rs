use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Programs that write InfluxDB line protocol, such as Telegraf. They name the connection as their database or bucket;
/// there is nothing else to set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}
