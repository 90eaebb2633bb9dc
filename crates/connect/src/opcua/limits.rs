//! How much a server takes at once.

use std::sync::Arc;

use opcua::types::{AttributeId, DataValue, NodeId, ReadValueId, StatusCode, TimestampsToReturn, VariableId, Variant};

use super::line::Line;
use crate::Error;

/// The most operations in one request, whatever the server says: keeps messages below a few megabytes.
const MOST: usize = 5_000;

/// `OperationLimits` of a server (OPC 10000-5 §6.3.11), each at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Nodes in one Read.
    pub(super) read: usize,
    /// Nodes in one Browse.
    pub(super) browse: usize,
    /// Items in one CreateMonitoredItems.
    pub(super) items: usize,
}

impl Limits {
    /// Asks the server; what it does not tell is `fallback`.
    ///
    /// # Errors
    /// When the session is lost.
    pub(super) async fn ask(line: &mut Line, fallback: u32) -> Result<Self, Error> {
        let nodes = [
            VariableId::Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
            VariableId::Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
            VariableId::Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
        ];
        let wanted: Vec<ReadValueId> = nodes.iter().map(|id| value_of(&NodeId::from(*id))).collect();
        let session = Arc::clone(&line.session);
        let read = session.read(&wanted, TimestampsToReturn::Neither, 0.0);
        let told = line.ask("its operation limits", read).await?;
        let limit = |i: usize| {
            let told = told.get(i).and_then(|data| data.value.as_ref());
            let told = if let Some(Variant::UInt32(n)) = told { *n } else { 0 };
            let limit = if told == 0 { fallback } else { told };
            usize::try_from(limit).unwrap_or(MOST).clamp(1, MOST)
        };
        Ok(Self { read: limit(0), browse: limit(1), items: limit(2) })
    }
}

/// The value of a node, to be read.
pub(super) fn value_of(node: &NodeId) -> ReadValueId {
    attribute_of(node, AttributeId::Value)
}

/// An attribute of a node, to be read.
pub(super) fn attribute_of(node: &NodeId, attribute: AttributeId) -> ReadValueId {
    ReadValueId { node_id: node.clone(), attribute_id: attribute as u32, ..ReadValueId::default() }
}

/// Whether a request was too large, so that half of it may do.
pub(super) const fn too_much(code: StatusCode) -> bool {
    matches!(
        code,
        StatusCode::BadTooManyOperations
            | StatusCode::BadEncodingLimitsExceeded
            | StatusCode::BadRequestTooLarge
            | StatusCode::BadResponseTooLarge
    )
}

/// Reads many values in requests that the server takes, smaller ones when it finds them too large.
///
/// # Errors
/// When the session is lost, or the server refuses to read at all.
pub(super) async fn read_all(line: &mut Line, wanted: &[ReadValueId], most: usize) -> Result<Vec<DataValue>, Error> {
    let (mut values, mut most) = (Vec::with_capacity(wanted.len()), most.max(1));
    while let Some(rest) = wanted.get(values.len()..).filter(|rest| !rest.is_empty()) {
        let chunk = rest.get(..most.min(rest.len())).unwrap_or(rest);
        let session = Arc::clone(&line.session);
        match line.try_ask(session.read(chunk, TimestampsToReturn::Both, 0.0)).await? {
            Ok(mut read) => {
                read.resize_with(chunk.len(), DataValue::null);
                for data in &mut read {
                    line.skew().undo(data);
                }
                values.append(&mut read);
            }
            Err(error) if too_much(error.status()) && chunk.len() > 1 => most = chunk.len() / 2,
            Err(error) => return Err(line.refused("reading values", &error)),
        }
    }
    Ok(values)
}
