//! Where a node stands: the names of the folders above it.

use std::sync::Arc;

use opcua::types::{
    AttributeId, BrowseDescription, BrowseDirection, BrowseResultMaskFlags, NodeClassMask, NodeId, ObjectId,
    ReferenceTypeId, Variant,
};

use super::limits::{attribute_of, read_all};
use super::line::Line;
use crate::Error;

/// The most folders above a node that are asked for: references may go round in circles.
const FOLDERS_MAX: usize = 16;

/// The names from below `Objects` down to a node, its own last; of several ways up the first that the server tells.
///
/// # Errors
/// When the session is lost. A node that does not tell what is above it ends the way.
pub(super) async fn way(line: &mut Line, node: &NodeId) -> Result<Vec<String>, Error> {
    let objects: NodeId = ObjectId::ObjectsFolder.into();
    if *node == objects {
        return Ok(Vec::new());
    }
    let mut names: Vec<String> = Vec::new();
    let own = read_all(line, &[attribute_of(node, AttributeId::DisplayName)], 1).await?;
    if let Some(Some(Variant::LocalizedText(name))) = own.into_iter().next().map(|data| data.value) {
        names.push(name.text.as_ref().to_owned());
    }
    let mut below = node.clone();
    while names.len() < FOLDERS_MAX {
        let Some((above, name)) = above(line, &below).await?.filter(|(above, _)| *above != objects) else { break };
        names.push(name);
        below = above;
    }
    names.reverse();
    Ok(names)
}

/// What stands above a node, with its name.
async fn above(line: &mut Line, node: &NodeId) -> Result<Option<(NodeId, String)>, Error> {
    let wanted = BrowseDescription {
        node_id: node.clone(),
        browse_direction: BrowseDirection::Inverse,
        reference_type_id: ReferenceTypeId::HierarchicalReferences.into(),
        include_subtypes: true,
        node_class_mask: (NodeClassMask::OBJECT | NodeClassMask::VARIABLE).bits(),
        result_mask: BrowseResultMaskFlags::all().bits(),
    };
    let session = Arc::clone(&line.session);
    let Ok(results) = line.try_ask(session.browse(&[wanted], 1, None)).await? else { return Ok(None) };
    let first = results.into_iter().flat_map(|result| result.references.into_iter().flatten()).next();
    Ok(first.map(|r| (r.node_id.node_id, r.display_name.text.as_ref().to_owned())))
}
